# Draws ch05_gradient_check from ch05_gradient_check.tsv:  gnuplot ch05_gradient_check.gp
NAME = 'ch05_gradient_check'; W = 880; H = 440

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
set label 1 '{/:Bold Each right gradient is good to 9 digits, no broken one even to one}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'Error against central differences in double, step 1e-5, random inputs and cotangents, seed 0' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set lmargin at screen px(140); set rmargin at screen px(700); set tmargin at screen py(106); set bmargin at screen py(385)

set logscale x; set xtics nomirror; unset mxtics; set format x '10^{%T}'; set xrange [1e-13:10]; unset grid; set grid xtics lt 1 lw 0.5 lc rgb GRID
set xlabel 'relative error' tc rgb INK
set ytics () nomirror tc rgb INK
set ytics add ('Conv2d d\_x' 1)
set label 'kernel not flipped' at 1.940687,1 offset char 1,0 tc rgb C2 font f11
set ytics add ('Conv2d d\_x' 2)
set label 'stride forgotten' at 1.495201,2 offset char 1,0 tc rgb C2 font f11
set ytics add ('Conv2d d\_weight' 3)
set label 'padding forgotten' at 1.525772,3 offset char 1,0 tc rgb C2 font f11
set ytics add ('Conv2d d\_bias' 4)
set label 'averaged, not summed' at 0.937500,4 offset char 1,0 tc rgb C2 font f11
set ytics add ('Linear d\_x' 5)
set label 'weight transposed' at 0.743382,5 offset char 1,0 tc rgb C2 font f11
set ytics add ('Linear d\_weight' 6)
set label 'averaged over the batch' at 0.666667,6 offset char 1,0 tc rgb C2 font f11
set ytics add ('Linear d\_bias' 7)
set label 'first image only' at 0.401713,7 offset char 1,0 tc rgb C2 font f11
set ytics add ('MaxPool2d d\_x' 8)
set label 'overwritten, not added' at 0.911379,8 offset char 1,0 tc rgb C2 font f11
set ytics add ('ReLU d\_x' 9)
set label 'wrong side' at 1.361905,9 offset char 1,0 tc rgb C2 font f11
set yrange [9.6:0.4]

set label '{/:Bold right}' at 5e-11,graph 1 offset 0,0.8 center tc rgb C1
set label '{/:Bold broken on purpose}' at 1,graph 1 offset 0,0.8 center tc rgb C2
set arrow from 1e-6,graph 0 to 1e-6,graph 1 nohead lc rgb MUTED dt 2 lw 1
set label 'the tests accept up to here' at 1e-6,graph 1 offset 0,0.8 center tc rgb MUTED font f11
plot DATA using 'right':'row' with points lc rgb C1 pt 7 ps 0.8, \
     DATA using 'broken':'row' with points lc rgb C2 pt 7 ps 0.8

unset multiplot
