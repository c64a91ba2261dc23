# Draws ch12_faster from ch12_faster.tsv:  gnuplot ch12_faster.gp
NAME = 'ch12_faster'; W = 880; H = 460

if (!exists('fmt')) fmt = 'svg'
if (!exists('out')) out = NAME.'.'.fmt
DATA = NAME.'.tsv'
FONT = fmt eq 'svg' ? 'DejaVu Sans, Verdana, sans-serif' : 'DejaVu Sans'
INK='#1f2328'; MUTED='#59636e'; GRID='#e4e8ec'; CTX='#c4ccd4'
C1='#0072B2'; C2='#D55E00'; C3='#009E73'; C4='#CC79A7'; C5='#E69F00'; C6='#56B4E9'
k = fmt eq 'svg' ? 1 : 0.75
f11 = sprintf('%s,%.4g', FONT, 11*k); f12 = sprintf('%s,%.4g', FONT, 12.5*k); f17 = sprintf('%s,%.4g', FONT, 17*k)
if (fmt eq 'svg') { set terminal svg size W,H font f12 enhanced background '#ffffff' }
if (fmt ne 'svg') { set terminal pngcairo size 2*W,2*H fontscale 2 linewidth 2 pointscale 2 dashlength 1.5 font f12 enhanced background '#ffffff' }
set output out
set encoding utf8; set minussign; set datafile separator tab; set datafile columnheaders
set key noautotitle samplen 1.4 spacing 1.15 tc rgb INK
set style fill solid noborder
px(x) = x/real(W)
py(y) = 1 - y/real(H)
set label 1 '{/:Bold 85 % after 0.75 epochs with batch norm, after 2 epochs without: faster}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'Validation accuracy; CIFAR-10 photographs, 10,000 images, 5 epochs; medians and ranges of 5 runs (seeds 0–4)' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set lmargin at screen px(60); set rmargin at screen px(720); set tmargin at screen py(100); set bmargin at screen py(400)
set xrange [0:5]; set xlabel 'epoch' tc rgb INK
set label 1 '{/:Bold validation accuracy (%)}' at graph 0,1.05 left tc rgb INK
set label 2 'with' at 5,89.10 offset 0.8,0.4 tc rgb C1
set label 3 'without' at 5,86.75 offset 0.8,-0.4 tc rgb C2
plot 85 with lines dt 2 lw 1 lc rgb MUTED, DATA using 'without_epoch':(100*column('without_low')):(100*column('without_high')) with filledcurves lc rgb C2 fs transparent solid 0.18 noborder, \
     DATA using 'without_epoch':(100*column('without_median')) with lines lw 1.9 lc rgb C2, \
     DATA using 'with_epoch':(100*column('with_low')):(100*column('with_high')) with filledcurves lc rgb C1 fs transparent solid 0.18 noborder, \
     DATA using 'with_epoch':(100*column('with_median')) with lines lw 1.9 lc rgb C1

unset multiplot
