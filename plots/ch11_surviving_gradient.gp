# Draws ch11_surviving_gradient from ch11_surviving_gradient.tsv:  gnuplot ch11_surviving_gradient.gp
NAME = 'ch11_surviving_gradient'; W = 880; H = 400

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
set label 1 '{/:Bold Standardised inputs keep 83 % of sigmoid’s slope, 61 % of tanh’s, 50 % of ReLU’s}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'Mean of f′(x) over normal inputs, as a share of its largest value. Dots: mean 0 and σ = 1, as batch norm makes them.' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set tics nomirror; set xrange [-8:8]; set xtics 4; set yrange [0:1.03]; set ytics 0.25
set xlabel 'mean of the inputs' tc rgb INK offset 0,0.3
set lmargin at screen px(60); set rmargin at screen px(300); set tmargin at screen py(100); set bmargin at screen py(340)
set format y '%g'
set label 1 '{/:Bold ReLU}' at graph 0,1.06 left tc rgb INK
set label 2 '50 %' at 1,0.43 left tc rgb INK
set label 3 '' at 0,0.5 point pt 7 ps 0.9 lc rgb INK front
set label 4 'σ = 0.25: narrow' at -7.7,0.96 left tc rgb C2 font f11
set label 5 'σ = 1: batch norm' at -7.7,0.88 left tc rgb C1 font f11
set label 6 'σ = 4: wide' at -7.7,0.8 left tc rgb C3 font f11
plot DATA using 'mean':'relu_sigma_0.25' with lines lc rgb C2 lw 1.9, DATA using 'mean':'relu_sigma_1' with lines lc rgb C1 lw 1.9, DATA using 'mean':'relu_sigma_4' with lines lc rgb C3 lw 1.9
unset label
set lmargin at screen px(340); set rmargin at screen px(580); set tmargin at screen py(100); set bmargin at screen py(340)
set format y ''
set label 1 '{/:Bold sigmoid}' at graph 0,1.06 left tc rgb INK
set label 2 '83 %' at 1.3,0.86 left tc rgb INK
set label 3 '' at 0,0.826484 point pt 7 ps 0.9 lc rgb INK front
plot DATA using 'mean':'sigmoid_sigma_0.25' with lines lc rgb C2 lw 1.9, DATA using 'mean':'sigmoid_sigma_1' with lines lc rgb C1 lw 1.9, DATA using 'mean':'sigmoid_sigma_4' with lines lc rgb C3 lw 1.9
unset label
set lmargin at screen px(620); set rmargin at screen px(860); set tmargin at screen py(100); set bmargin at screen py(340)
set format y ''
set label 1 '{/:Bold tanh}' at graph 0,1.06 left tc rgb INK
set label 2 '61 %' at 1,0.65 left tc rgb INK
set label 3 '' at 0,0.605706 point pt 7 ps 0.9 lc rgb INK front
plot DATA using 'mean':'tanh_sigma_0.25' with lines lc rgb C2 lw 1.9, DATA using 'mean':'tanh_sigma_1' with lines lc rgb C1 lw 1.9, DATA using 'mean':'tanh_sigma_4' with lines lc rgb C3 lw 1.9
unset label

unset multiplot
