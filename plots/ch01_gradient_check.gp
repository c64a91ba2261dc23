# Draws ch01_gradient_check from ch01_gradient_check.tsv:  gnuplot ch01_gradient_check.gp
NAME = 'ch01_gradient_check'; W = 880; H = 440

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
set label 1 '{/:Bold A right backward pass makes a V, a broken one stays wrong at every step}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'd\_x against central differences of several steps: 16 numbers, a random cotangent, seed 0' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set lmargin at screen px(90); set rmargin at screen px(690); set tmargin at screen py(80); set bmargin at screen py(380)

set tics nomirror
set logscale xy; set format x '10^{%T}'; set format y '10^{%T}'
set xrange [1e-12:1]; set yrange [1e-12:1]
set xlabel 'step h of the central difference' tc rgb INK; set ylabel 'relative error' tc rgb INK offset 0.5
set arrow from 1e-5,graph 0 to 1e-5,graph 1 nohead dt 3 lc rgb MUTED
set label '1e-5, the step that the tests use' at 1e-5,graph 0.05 right offset -0.7,0 tc rgb MUTED font f11
set label 'rounding: grows as 1/h' at 8e-11,3e-9 center tc rgb MUTED font f11
set label 'truncation: grows as h²' at 1.5e-3,3e-10 left tc rgb MUTED font f11
stats DATA using 'broken' every ::24::24 name 'B' nooutput
stats DATA using 'right' every ::24::24 name 'R' nooutput
set label '{/:Bold variance as a constant}' at 1.5,B_max*1.5 tc rgb C2
set label '(no x̂ term): wrong by' at 1.5,B_max*0.4 tc rgb C2
set label 'as much at any step' at 1.5,B_max*0.1 tc rgb C2
set label '{/:Bold right}' at 1.5,(R_max < B_max ? R_max : B_max)*0.03 tc rgb C1
plot DATA using 'step':'broken' with linespoints lc rgb C2 lw 1.9 pt 7 ps 0.4, \
     DATA using 'step':'right' with linespoints lc rgb C1 lw 1.9 pt 7 ps 0.4

unset multiplot
