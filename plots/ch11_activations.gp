# Draws ch11_activations from ch11_activations.tsv:  gnuplot ch11_activations.gp
NAME = 'ch11_activations'; W = 880; H = 500

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
set label 1 '{/:Bold At x = 1, sigmoid keeps 79 % of its steepest slope, tanh 42 %, ReLU all of it}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'Each activation f and its slope f′. Shaded: the article’s region. Bar: where the slope is at least half of its largest.' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set tics nomirror; set xrange [-4:4]; set xtics 2
set lmargin at screen px(60); set rmargin at screen px(290); set tmargin at screen py(100); set bmargin at screen py(230)
set object 1 rectangle from first 0,graph 0 to first 1,graph 1 fc rgb '#fbe7bf' fs solid noborder behind
set yrange [-0.2:4.2]; set ytics 1; set format x ''
set label 1 '{/:Bold ReLU}' at graph 0,1.1 left tc rgb INK
set label 2 'f' at graph 0.86,0.93 tc rgb INK
set label 3 'article: [0, 1]' at graph 0.98,0.08 right tc rgb '#8a6100' font f11
plot DATA using 'x':'relu' with lines lc rgb INK lw 2
set lmargin at screen px(60); set rmargin at screen px(290); set tmargin at screen py(260); set bmargin at screen py(440)
unset label; set yrange [-0.05:1.1]; set ytics 0.25; set format x '%g'
set xlabel 'x' tc rgb INK offset 0,0.3
set arrow 1 from 0,0.5 to 4,0.5 nohead lc rgb C3 lw 5
set label 1 'x > 0' at 3.9,0.6 right tc rgb C3 font f11
set label 2 '100 %' at 1,1 left offset 0.5,-0.7 tc rgb C1 font f11 point pt 7 ps 0.6 lc rgb C1
set label 3 'f′' at 3.6,0.92 tc rgb C1
plot DATA using 'x':'relu_slope' with lines lc rgb C1 lw 2
unset label; unset arrow; unset xlabel
set lmargin at screen px(346); set rmargin at screen px(576); set tmargin at screen py(100); set bmargin at screen py(230)
set object 1 rectangle from first -1,graph 0 to first 1,graph 1 fc rgb '#fbe7bf' fs solid noborder behind
set yrange [-0.05:1.05]; set ytics 0.25; set format x ''
set label 1 '{/:Bold sigmoid σ}' at graph 0,1.1 left tc rgb INK
set label 2 'f' at graph 0.93,0.8 tc rgb INK
set label 3 'article: [−1, 1]' at graph 0.98,0.08 right tc rgb '#8a6100' font f11
plot DATA using 'x':'sigmoid' with lines lc rgb INK lw 2
set lmargin at screen px(346); set rmargin at screen px(576); set tmargin at screen py(260); set bmargin at screen py(440)
unset label; set yrange [-0.05:1.1]; set ytics 0.25; set format x '%g'
set xlabel 'x' tc rgb INK offset 0,0.3
set arrow 1 from -1.76275,0.125 to 1.76275,0.125 nohead lc rgb C3 lw 5
set label 1 '|x| ≤ 1.76' at 1.96275,0.145 left tc rgb C3 font f11
set label 2 '79 %' at 1,0.196612 left offset 0.5,0.6 tc rgb C1 font f11 point pt 7 ps 0.6 lc rgb C1
set label 3 'f′' at 0.35,0.3 tc rgb C1
plot DATA using 'x':'sigmoid_slope' with lines lc rgb C1 lw 2
unset label; unset arrow; unset xlabel
set lmargin at screen px(632); set rmargin at screen px(862); set tmargin at screen py(100); set bmargin at screen py(230)
set object 1 rectangle from first -1,graph 0 to first 1,graph 1 fc rgb '#fbe7bf' fs solid noborder behind
set yrange [-1.1:1.1]; set ytics 0.5; set format x ''
set label 1 '{/:Bold tanh}' at graph 0,1.1 left tc rgb INK
set label 2 'f' at graph 0.93,0.8 tc rgb INK
set label 3 'article: [−1, 1]' at graph 0.98,0.08 right tc rgb '#8a6100' font f11
plot DATA using 'x':'tanh' with lines lc rgb INK lw 2
set lmargin at screen px(632); set rmargin at screen px(862); set tmargin at screen py(260); set bmargin at screen py(440)
unset label; set yrange [-0.05:1.1]; set ytics 0.25; set format x '%g'
set xlabel 'x' tc rgb INK offset 0,0.3
set arrow 1 from -0.881374,0.5 to 0.881374,0.5 nohead lc rgb C3 lw 5
set label 1 '|x| ≤ 0.88' at 1.08137,0.52 left tc rgb C3 font f11
set label 2 '42 %' at 1,0.419974 left offset 0.5,-0.2 tc rgb C1 font f11 point pt 7 ps 0.6 lc rgb C1
set label 3 'f′' at 0.35,1.05 tc rgb C1
plot DATA using 'x':'tanh_slope' with lines lc rgb C1 lw 2
unset label; unset arrow; unset xlabel

unset multiplot
