# Draws ch12_initialisation from ch12_initialisation.tsv:  gnuplot ch12_initialisation.gp
NAME = 'ch12_initialisation'; W = 880; H = 460

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
set label 1 '{/:Bold Scaling conv1 costs 1.3 points with batch norm, 31.9 without; scaling fc1 36.1}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'CIFAR-10 photographs, 5,000 images, 2 epochs; medians and ranges of 5 runs (seeds 0–4)' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set xrange [-2.2:2.2]; set xtics ('0.01' -2, '0.1' -1, '1' 0, '10' 1, '100' 2)
set xlabel 'scale of the layer' tc rgb INK
set lmargin at screen px(70); set rmargin at screen px(350); set tmargin at screen py(100); set bmargin at screen py(400)
set label 1 '{/:Bold change of the untrained logits}' at graph 0,1.05 left tc rgb INK
set logscale y; set format y '10^{%T}'
plot DATA using (1*column('fc1_change_exponent')):(1*column('fc1_change_median')):(1*column('fc1_change_low')):(1*column('fc1_change_high')) with yerrorbars pt 0 lw 1 lc rgb C3, \
     DATA using (1*column('fc1_change_exponent')):(1*column('fc1_change_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C3, \
     DATA using (1*column('conv1_without_change_exponent')):(1*column('conv1_without_change_median')):(1*column('conv1_without_change_low')):(1*column('conv1_without_change_high')) with yerrorbars pt 0 lw 1 lc rgb C2, \
     DATA using (1*column('conv1_without_change_exponent')):(1*column('conv1_without_change_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C2, \
     DATA using (1*column('conv1_change_exponent')):(1*column('conv1_change_median')):(1*column('conv1_change_low')):(1*column('conv1_change_high')) with yerrorbars pt 0 lw 1 lc rgb C1, \
     DATA using (1*column('conv1_change_exponent')):(1*column('conv1_change_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C1
set lmargin at screen px(440); set rmargin at screen px(720); set tmargin at screen py(100); set bmargin at screen py(400)
unset logscale y; set format y '%g'; set yrange [46:*]
set label 1 '{/:Bold accuracy after training (%)}' at graph 0,1.05 left tc rgb INK
set label 2 'conv1, with' at graph 1.03,0.70 tc rgb C1
set label 3 'conv1, without' at graph 1.03,0.62 tc rgb C2
set label 4 'fc1, with' at graph 1.03,0.54 tc rgb C3
plot DATA using (1*column('fc1_exponent')):(100*column('fc1_median')):(100*column('fc1_low')):(100*column('fc1_high')) with yerrorbars pt 0 lw 1 lc rgb C3, \
     DATA using (1*column('fc1_exponent')):(100*column('fc1_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C3, \
     DATA using (1*column('conv1_without_exponent')):(100*column('conv1_without_median')):(100*column('conv1_without_low')):(100*column('conv1_without_high')) with yerrorbars pt 0 lw 1 lc rgb C2, \
     DATA using (1*column('conv1_without_exponent')):(100*column('conv1_without_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C2, \
     DATA using (1*column('conv1_exponent')):(100*column('conv1_median')):(100*column('conv1_low')):(100*column('conv1_high')) with yerrorbars pt 0 lw 1 lc rgb C1, \
     DATA using (1*column('conv1_exponent')):(100*column('conv1_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C1

unset multiplot
