# Draws ch06_roofline from ch06_roofline.tsv:  gnuplot ch06_roofline.gp
NAME = 'ch06_roofline'; W = 880; H = 560

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
set label 1 '{/:Bold Convolutions are bound by arithmetic, the layers between them by memory}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'The layers of chapter 8''s network, 64 images, forward and backward apart; 2 threads, fastest of several runs' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set lmargin at screen px(80); set rmargin at screen px(850); set tmargin at screen py(110); set bmargin at screen py(490)
set label 'conv1' at 9.81524,277.333 center noenhanced tc rgb INK font f11
set label 'res_block1.conv1' at 23.9299,400.592 right noenhanced tc rgb INK font f11
set label 'res_block1.conv2' at 35.8425,277.333 left noenhanced tc rgb INK font f11
set label 'bn_initial, forward' at 0.941667,55.6623 left noenhanced tc rgb INK font f11
set label 'bn_initial, backward' at 0.6215,44.538 left noenhanced tc rgb INK font f11
set label 'pool, forward' at 0.14125,6.37397 left noenhanced tc rgb INK font f11
set label 'pool, backward' at 0.0470833,1.87794 left noenhanced tc rgb INK font f11
set label 'relu, forward' at 0.14125,23.6942 left noenhanced tc rgb INK font f11
set label 'relu, backward' at 0.0733333,6.80894 right noenhanced tc rgb INK font f11
set label 'fc1' at 15.5152,110.029 center noenhanced tc rgb INK font f11

set logscale xy; set xrange [0.02:200]; set yrange [1:616]
set xlabel 'FLOP for each byte that has to be moved (logarithmic)' tc rgb INK
set label 'GFLOP/s (logarithmic)' at graph -0.06,1.05 left tc rgb INK
set label 'multiply-adds alone: 205' at 1.9,205*1.25 right tc rgb MUTED font f11
set label '156 GB/s: from the caches' at 0.17,156*0.17*1.9 left rotate by 32 tc rgb MUTED font f11
set label '34 GB/s: from memory' at 0.36,34*0.36*0.6 left rotate by 32 tc rgb MUTED font f11
set label 'forward' at 60,14 left tc rgb C1 font f11
set label 'data gradient' at 60,10 left tc rgb C2 font f11
set label 'weight gradient' at 60,7.1 left tc rgb C3 font f11
set label 'other layers' at 60,5 left tc rgb C4 font f11
set samples 400
roof(x, bandwidth) = x * bandwidth < 205 ? x * bandwidth : 205
plot roof(x, 156) with lines lc rgb MUTED lw 1 dt 2, roof(x, 34) with lines lc rgb MUTED lw 1.5, \
     DATA using 'intensity':'forward' with points pt 7 ps 1 lc rgb C1, \
     DATA using 'intensity':'d_x' with points pt 7 ps 1 lc rgb C2, \
     DATA using 'intensity':'d_weight' with points pt 7 ps 1 lc rgb C3, \
     DATA using 'intensity':'other' with points pt 7 ps 1 lc rgb C4

unset multiplot
