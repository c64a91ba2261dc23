# Draws ch12_activation from ch12_activation.tsv:  gnuplot ch12_activation.gp
NAME = 'ch12_activation'; W = 880; H = 580

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
set label 1 '{/:Bold Batch norm: 6 % of tanh saturated, not 0 %; 2.7 to 24 times the gradient in layer 1}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'At the start (and accuracy afterwards); CIFAR-10 photographs, 8,000 images, 3 epochs; medians and ranges of 5 runs (seeds 0–4)' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set xrange [0.7:5.3]; set xtics 1
set lmargin at screen px(65); set rmargin at screen px(295); set tmargin at screen py(110); set bmargin at screen py(270)
unset logscale; set yrange [-3:103]; set ytics 20; set format y '%g'; unset xlabel
set title '{/:Bold ReLU: dead (%)}' tc rgb INK
unset key
plot DATA using (1*column('flat_relu_0_layer')):(100*column('flat_relu_0_median')):(100*column('flat_relu_0_low')):(100*column('flat_relu_0_high')) with yerrorbars pt 0 lw 1 lc rgb C1, \
     DATA using (1*column('flat_relu_0_layer')):(100*column('flat_relu_0_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C1, \
     DATA using (1*column('flat_relu_1_layer')):(100*column('flat_relu_1_median')):(100*column('flat_relu_1_low')):(100*column('flat_relu_1_high')) with yerrorbars pt 0 lw 1 lc rgb C2, \
     DATA using (1*column('flat_relu_1_layer')):(100*column('flat_relu_1_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C2, \
     DATA using (1*column('flat_relu_2_layer')):(100*column('flat_relu_2_median')):(100*column('flat_relu_2_low')):(100*column('flat_relu_2_high')) with yerrorbars pt 0 lw 1 lc rgb C5, \
     DATA using (1*column('flat_relu_2_layer')):(100*column('flat_relu_2_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C5
set lmargin at screen px(65); set rmargin at screen px(295); set tmargin at screen py(340); set bmargin at screen py(510)
set logscale y; set yrange [1e-9:10]; set ytics 100; set format y '10^{%T}'; set xlabel 'layer' tc rgb INK
set title '{/:Bold ReLU: gradient}' tc rgb INK
set key at graph 0.97,0.03 bottom right samplen 1
plot DATA using (1*column('gradient_relu_0_layer')):(1*column('gradient_relu_0_median')):(1*column('gradient_relu_0_low')):(1*column('gradient_relu_0_high')) with yerrorbars pt 0 lw 1 lc rgb C1, \
     DATA using (1*column('gradient_relu_0_layer')):(1*column('gradient_relu_0_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C1, \
     NaN with lines lw 1.9 lc rgb C1 title 'with (88 %)', \
     DATA using (1*column('gradient_relu_1_layer')):(1*column('gradient_relu_1_median')):(1*column('gradient_relu_1_low')):(1*column('gradient_relu_1_high')) with yerrorbars pt 0 lw 1 lc rgb C2, \
     DATA using (1*column('gradient_relu_1_layer')):(1*column('gradient_relu_1_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C2, \
     NaN with lines lw 1.9 lc rgb C2 title 'without (84 %)', \
     DATA using (1*column('gradient_relu_2_layer')):(1*column('gradient_relu_2_median')):(1*column('gradient_relu_2_low')):(1*column('gradient_relu_2_high')) with yerrorbars pt 0 lw 1 lc rgb C5, \
     DATA using (1*column('gradient_relu_2_layer')):(1*column('gradient_relu_2_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C5, \
     NaN with lines lw 1.9 lc rgb C5 title 'without, weights ×16 (50 %)'
set lmargin at screen px(345); set rmargin at screen px(575); set tmargin at screen py(110); set bmargin at screen py(270)
unset logscale; set yrange [-3:103]; set ytics 20; set format y '%g'; unset xlabel
set title '{/:Bold sigmoid: saturated (%)}' tc rgb INK
unset key
plot DATA using (1*column('flat_sigmoid_0_layer')):(100*column('flat_sigmoid_0_median')):(100*column('flat_sigmoid_0_low')):(100*column('flat_sigmoid_0_high')) with yerrorbars pt 0 lw 1 lc rgb C1, \
     DATA using (1*column('flat_sigmoid_0_layer')):(100*column('flat_sigmoid_0_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C1, \
     DATA using (1*column('flat_sigmoid_1_layer')):(100*column('flat_sigmoid_1_median')):(100*column('flat_sigmoid_1_low')):(100*column('flat_sigmoid_1_high')) with yerrorbars pt 0 lw 1 lc rgb C2, \
     DATA using (1*column('flat_sigmoid_1_layer')):(100*column('flat_sigmoid_1_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C2, \
     DATA using (1*column('flat_sigmoid_2_layer')):(100*column('flat_sigmoid_2_median')):(100*column('flat_sigmoid_2_low')):(100*column('flat_sigmoid_2_high')) with yerrorbars pt 0 lw 1 lc rgb C5, \
     DATA using (1*column('flat_sigmoid_2_layer')):(100*column('flat_sigmoid_2_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C5
set lmargin at screen px(345); set rmargin at screen px(575); set tmargin at screen py(340); set bmargin at screen py(510)
set logscale y; set yrange [1e-9:10]; set ytics 100; set format y '10^{%T}'; set xlabel 'layer' tc rgb INK
set title '{/:Bold sigmoid: gradient}' tc rgb INK
set key at graph 0.97,0.03 bottom right samplen 1
plot DATA using (1*column('gradient_sigmoid_0_layer')):(1*column('gradient_sigmoid_0_median')):(1*column('gradient_sigmoid_0_low')):(1*column('gradient_sigmoid_0_high')) with yerrorbars pt 0 lw 1 lc rgb C1, \
     DATA using (1*column('gradient_sigmoid_0_layer')):(1*column('gradient_sigmoid_0_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C1, \
     NaN with lines lw 1.9 lc rgb C1 title 'with (80 %)', \
     DATA using (1*column('gradient_sigmoid_1_layer')):(1*column('gradient_sigmoid_1_median')):(1*column('gradient_sigmoid_1_low')):(1*column('gradient_sigmoid_1_high')) with yerrorbars pt 0 lw 1 lc rgb C2, \
     DATA using (1*column('gradient_sigmoid_1_layer')):(1*column('gradient_sigmoid_1_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C2, \
     NaN with lines lw 1.9 lc rgb C2 title 'without (50 %)', \
     DATA using (1*column('gradient_sigmoid_2_layer')):(1*column('gradient_sigmoid_2_median')):(1*column('gradient_sigmoid_2_low')):(1*column('gradient_sigmoid_2_high')) with yerrorbars pt 0 lw 1 lc rgb C5, \
     DATA using (1*column('gradient_sigmoid_2_layer')):(1*column('gradient_sigmoid_2_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C5, \
     NaN with lines lw 1.9 lc rgb C5 title 'without, weights ×16 (77 %)'
set lmargin at screen px(625); set rmargin at screen px(855); set tmargin at screen py(110); set bmargin at screen py(270)
unset logscale; set yrange [-3:103]; set ytics 20; set format y '%g'; unset xlabel
set title '{/:Bold tanh: saturated (%)}' tc rgb INK
unset key
plot DATA using (1*column('flat_tanh_0_layer')):(100*column('flat_tanh_0_median')):(100*column('flat_tanh_0_low')):(100*column('flat_tanh_0_high')) with yerrorbars pt 0 lw 1 lc rgb C1, \
     DATA using (1*column('flat_tanh_0_layer')):(100*column('flat_tanh_0_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C1, \
     DATA using (1*column('flat_tanh_1_layer')):(100*column('flat_tanh_1_median')):(100*column('flat_tanh_1_low')):(100*column('flat_tanh_1_high')) with yerrorbars pt 0 lw 1 lc rgb C2, \
     DATA using (1*column('flat_tanh_1_layer')):(100*column('flat_tanh_1_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C2, \
     DATA using (1*column('flat_tanh_2_layer')):(100*column('flat_tanh_2_median')):(100*column('flat_tanh_2_low')):(100*column('flat_tanh_2_high')) with yerrorbars pt 0 lw 1 lc rgb C5, \
     DATA using (1*column('flat_tanh_2_layer')):(100*column('flat_tanh_2_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C5
set lmargin at screen px(625); set rmargin at screen px(855); set tmargin at screen py(340); set bmargin at screen py(510)
set logscale y; set yrange [1e-9:10]; set ytics 100; set format y '10^{%T}'; set xlabel 'layer' tc rgb INK
set title '{/:Bold tanh: gradient}' tc rgb INK
set key at graph 0.97,0.03 bottom right samplen 1
plot DATA using (1*column('gradient_tanh_0_layer')):(1*column('gradient_tanh_0_median')):(1*column('gradient_tanh_0_low')):(1*column('gradient_tanh_0_high')) with yerrorbars pt 0 lw 1 lc rgb C1, \
     DATA using (1*column('gradient_tanh_0_layer')):(1*column('gradient_tanh_0_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C1, \
     NaN with lines lw 1.9 lc rgb C1 title 'with (86 %)', \
     DATA using (1*column('gradient_tanh_1_layer')):(1*column('gradient_tanh_1_median')):(1*column('gradient_tanh_1_low')):(1*column('gradient_tanh_1_high')) with yerrorbars pt 0 lw 1 lc rgb C2, \
     DATA using (1*column('gradient_tanh_1_layer')):(1*column('gradient_tanh_1_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C2, \
     NaN with lines lw 1.9 lc rgb C2 title 'without (85 %)', \
     DATA using (1*column('gradient_tanh_2_layer')):(1*column('gradient_tanh_2_median')):(1*column('gradient_tanh_2_low')):(1*column('gradient_tanh_2_high')) with yerrorbars pt 0 lw 1 lc rgb C5, \
     DATA using (1*column('gradient_tanh_2_layer')):(1*column('gradient_tanh_2_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C5, \
     NaN with lines lw 1.9 lc rgb C5 title 'without, weights ×16 (82 %)'

unset multiplot
