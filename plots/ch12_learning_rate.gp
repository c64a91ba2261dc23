# Draws ch12_learning_rate from ch12_learning_rate.tsv:  gnuplot ch12_learning_rate.gp
NAME = 'ch12_learning_rate'; W = 880; H = 460

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
set label 1 '{/:Bold Within 3 points of its best: rates 0.001 to 0.1 with batch norm, 0.01 to 0.1 without}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'CIFAR-10 photographs, 10,000 images, 2 epochs; medians and ranges of 5 runs (seeds 0–4)' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set lmargin at screen px(60); set rmargin at screen px(740); set tmargin at screen py(100); set bmargin at screen py(400)
set logscale x; set xrange [0.000769231:1.3]; set yrange [46:*]; set xlabel 'learning rate' tc rgb INK
set label 1 '{/:Bold validation accuracy (%)}' at graph 0,1.05 left tc rgb INK
set label 2 'with' at graph 1.02,0.6 tc rgb C1; set label 3 'without' at graph 1.02,0.52 tc rgb C2
set label 4 'guessing' at graph 1.02,first 50 tc rgb MUTED
set label 5 '5 of 5 fail' at 1,54 center tc rgb C1 font f11
set label 6 '5 of 5 fail' at 0.3,47.5 center tc rgb C2 font f11
set label 7 '5 of 5 fail' at 1,47.5 center tc rgb C2 font f11
plot 50 with lines dt 2 lw 1 lc rgb MUTED, \
     DATA using (1.03*column('without_rate')):(100*column('without_median')):(100*column('without_low')):(100*column('without_high')) with yerrorbars pt 0 lw 1 lc rgb C2, \
     DATA using (1.03*column('without_rate')):(100*column('without_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C2, \
     DATA using (0.970874*column('with_rate')):(100*column('with_median')):(100*column('with_low')):(100*column('with_high')) with yerrorbars pt 0 lw 1 lc rgb C1, \
     DATA using (0.970874*column('with_rate')):(100*column('with_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C1

unset multiplot
