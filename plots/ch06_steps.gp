# Draws ch06_steps from ch06_steps.tsv:  gnuplot ch06_steps.gp
NAME = 'ch06_steps'; W = 880; H = 560

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
set label 1 '{/:Bold Each step gains a factor, together 192 in the forward pass}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 '16 to 16 channels of 16x16 pixels, kernel 3x3, 64 images, float, fastest of several runs; 2 threads at most' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set lmargin at screen px(240); set rmargin at screen px(850); set tmargin at screen py(100); set bmargin at screen py(500)

set arrow 1 from 102.694,graph 0 to 102.694,graph 1 nohead lc rgb MUTED lw 1 dt 2
set arrow 2 from 205.432,graph 0 to 205.432,graph 1 nohead lc rgb MUTED lw 1 dt 2
set label 1 'multiply-adds alone: 1 thread, 2 threads' at 205.432,graph 1.03 right tc rgb MUTED font f11
set ytics ("0  forward: chapter 5's loops" 0, "1  padding" 1, "2  the row as a vector" 2, "3  register tile" 3, "6  2 threads" 4, "8  rows in pairs, 2 threads" 5, "0  data gradient: chapter 5's loops" 6, "4  a flipped forward" 7, "6  2 threads" 8, "8  rows in pairs, 2 threads" 9, "0  weight gradient: chapter 5's loops" 10, "1, 2  padding, rows as vectors" 11, "5  a tile of weights" 12, "6  2 threads" 13, "8  rows in pairs, 2 threads" 14) font f11
set logscale x; set xlabel 'GFLOP/s (logarithmic)' tc rgb INK; set xrange [0.2:1000]
set yrange [15.0 - 0.4:-0.6]; unset grid; set grid xtics lt 1 lw 0.5 lc rgb GRID
digits(x) = sprintf(x < 10 ? '%.1f' : '%.0f', x)
plot for [k=1:3] DATA using (0.2):'row':(column(k+1)-0.2):(0) with vectors nohead lc rgb CTX lw 3, \
     DATA using 'forward':'row' with points pt 7 ps 1.1 lc rgb C1, \
     DATA using 'd_x':'row' with points pt 7 ps 1.1 lc rgb C2, \
     DATA using 'd_weight':'row' with points pt 7 ps 1.1 lc rgb C3, \
     for [k=1:3] DATA using (column(k+1)*1.12):'row':(digits(column(k+1))) with labels left tc rgb INK font f11

unset multiplot
