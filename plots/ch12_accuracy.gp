# Draws ch12_accuracy from ch12_accuracy.tsv:  gnuplot ch12_accuracy.gp
NAME = 'ch12_accuracy'; W = 880; H = 460

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
set label 1 '{/:Bold +3.2 ± 1.4 points after 1 epoch, +0.9 ± 1.2 after 15: in the end no clear difference}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'CIFAR-10 photographs, 10,000 images, 15 epochs; medians of 5 runs (seeds 0–4); bars: two standard errors of 2,000 images' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set lmargin at screen px(60); set rmargin at screen px(690); set tmargin at screen py(100); set bmargin at screen py(400)
set logscale x; set xrange [0.833333:18]; set xtics (1, 4, 15)
set xlabel 'epochs over which the rate falls to 0' tc rgb INK
set label 1 '{/:Bold validation accuracy (%)}' at graph 0,1.05 left tc rgb INK
set label 2 '● with, last epoch' at graph 1.02,0.70 tc rgb C1
set label 3 '○ with, best epoch' at graph 1.02,0.63 tc rgb C1
set label 4 '● without, last epoch' at graph 1.02,0.50 tc rgb C2
set label 5 '○ without, best epoch' at graph 1.02,0.43 tc rgb C2
plot DATA using (1.015*column('without_budget')):(100*column('without_median')):(100*column('without_error')) with yerrorbars pt 0 lw 1 lc rgb C2, \
     DATA using (1.015*column('without_budget')):(100*column('without_median')) with linespoints pt 7 ps 0.6 lw 1.9 lc rgb C2, \
     DATA using (1.015*column('without_best_budget')):(100*column('without_best_median')) with points pt 6 ps 1.1 lw 1.5 lc rgb C2, \
     DATA using (0.985*column('with_budget')):(100*column('with_median')):(100*column('with_error')) with yerrorbars pt 0 lw 1 lc rgb C1, \
     DATA using (0.985*column('with_budget')):(100*column('with_median')) with linespoints pt 7 ps 0.6 lw 1.9 lc rgb C1, \
     DATA using (0.985*column('with_best_budget')):(100*column('with_best_median')) with points pt 6 ps 1.1 lw 1.5 lc rgb C1

unset multiplot
