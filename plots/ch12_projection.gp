# Draws ch12_projection from ch12_projection.tsv:  gnuplot ch12_projection.gp
NAME = 'ch12_projection'; W = 880; H = 460

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
set label 1 '{/:Bold Gradients are at right angles to filters: ‖w‖² grows by 129 %, the rate falls by 50 %}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 '56 filters, rate 0.3, no momentum; CIFAR-10 photographs, 10,000 images, 3 epochs; medians and ranges of 5 runs (seeds 0–4)' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set xrange [0:3]; set xlabel 'epoch' tc rgb INK
set lmargin at screen px(64); set rmargin at screen px(280); set tmargin at screen py(100); set bmargin at screen py(400)
set label 1 '{/:Bold |cos(gradient, filter)|, largest}' at graph 0,1.05 left tc rgb INK
set label 2 'with' at graph 0.05,first 3e-4 tc rgb C1
set label 3 'without' at graph 0.05,first 0.2 tc rgb C2
set logscale y; set yrange [1e-5:1]; set format y '10^{%T}'
plot DATA using 'without_cosine_epoch':(1*column('without_cosine_low')):(1*column('without_cosine_high')) with filledcurves lc rgb C2 fs transparent solid 0.18 noborder, \
     DATA using 'without_cosine_epoch':(1*column('without_cosine_median')) with lines lw 1.9 lc rgb C2, \
     DATA using 'with_cosine_epoch':(1*column('with_cosine_low')):(1*column('with_cosine_high')) with filledcurves lc rgb C1 fs transparent solid 0.18 noborder, \
     DATA using 'with_cosine_epoch':(1*column('with_cosine_median')) with lines lw 1.9 lc rgb C1
unset label 2; unset label 3; unset logscale y; set yrange [*:*]; set format y '%g'
set lmargin at screen px(344); set rmargin at screen px(560); set tmargin at screen py(100); set bmargin at screen py(400)
set label 1 '{/:Bold ‖w‖², and by Pythagoras (○)}' at graph 0,1.05 left tc rgb INK
plot DATA using 'without_norm2_epoch':(1*column('without_norm2_low')):(1*column('without_norm2_high')) with filledcurves lc rgb C2 fs transparent solid 0.18 noborder, \
     DATA using 'without_norm2_epoch':(1*column('without_norm2_median')) with lines lw 1.9 lc rgb C2, \
     DATA using 'without_summed2_epoch':'without_summed2_median' with points pt 6 ps 0.9 lw 1.2 lc rgb C2, \
     DATA using 'with_norm2_epoch':(1*column('with_norm2_low')):(1*column('with_norm2_high')) with filledcurves lc rgb C1 fs transparent solid 0.18 noborder, \
     DATA using 'with_norm2_epoch':(1*column('with_norm2_median')) with lines lw 1.9 lc rgb C1, \
     DATA using 'with_summed2_epoch':'with_summed2_median' with points pt 6 ps 0.9 lw 1.2 lc rgb C1
set lmargin at screen px(624); set rmargin at screen px(840); set tmargin at screen py(100); set bmargin at screen py(400)
set label 1 '{/:Bold effective rate η/‖w‖²}' at graph 0,1.05 left tc rgb INK
plot DATA using 'with_rate_epoch':(1*column('with_rate_low')):(1*column('with_rate_high')) with filledcurves lc rgb C1 fs transparent solid 0.18 noborder, \
     DATA using 'with_rate_epoch':(1*column('with_rate_median')) with lines lw 1.9 lc rgb C1

unset multiplot
