# Draws golden_drift from golden_drift.tsv:  gnuplot golden_drift.gp
NAME = 'golden_drift'; W = 880; H = 480

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
set label 1 '{/:Bold Two correct float programs: 8e-08 apart after 10 steps, 4e-01 after 100; in double 2e-12}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'Largest difference of the loss so far, same weights and batches; chapter 8''s network, SGD, 64 images of noise a step; 1 run each' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin

set ylabel 'difference of the loss' offset 1.5,0 tc rgb INK; set logscale y; set format y '10^{%T}'; set yrange [1e-17:3]
set xlabel 'step' tc rgb INK
set lmargin at screen px(80); set rmargin at screen px(430); set tmargin at screen py(100); set bmargin at screen py(325)

set title 'learning rate 0.001' tc rgb INK
set key at screen px(60),py(385) Left reverse left top maxrows 4 samplen 2.5 font f11
plot DATA using 'step':'ours_0.001' with lines lw 2.6 lc rgb C2 title 'this project and PyTorch', \
     DATA using 'step':'ours_reversed_0.001' with lines lw 1.4 lc rgb C5 title 'this project, batches reversed', \
     DATA using 'step':'pytorch_reversed_0.001' with lines lw 1.4 lc rgb C1 title 'PyTorch, batches reversed', \
     DATA using 'step':'pytorch_2_threads_0.001' with lines lw 1.4 lc rgb C6 title 'PyTorch, 1 and 2 threads', \
     DATA using 'step':'pytorch_channels_last_0.001' with lines lw 1.4 lc rgb C3 title 'PyTorch, two memory layouts', \
     DATA using 'step':'pytorch_without_mkldnn_0.001' with lines lw 1.4 lc rgb C4 title 'PyTorch, its two convolutions', \
     DATA using 'step':'ours_double_0.001' with lines lw 2.6 dt (6,3) lc rgb C2 title 'double: this project and PyTorch', \
     DATA using 'step':'pytorch_double_reversed_0.001' with lines lw 1.4 dt (3,3) lc rgb C1 title 'double: PyTorch, batches reversed'
set lmargin at screen px(510); set rmargin at screen px(860); set tmargin at screen py(100); set bmargin at screen py(325)

set title 'learning rate 0.01' tc rgb INK
set key off
plot DATA using 'step':'ours_0.01' with lines lw 2.6 lc rgb C2 title 'this project and PyTorch', \
     DATA using 'step':'ours_reversed_0.01' with lines lw 1.4 lc rgb C5 title 'this project, batches reversed', \
     DATA using 'step':'pytorch_reversed_0.01' with lines lw 1.4 lc rgb C1 title 'PyTorch, batches reversed', \
     DATA using 'step':'pytorch_2_threads_0.01' with lines lw 1.4 lc rgb C6 title 'PyTorch, 1 and 2 threads', \
     DATA using 'step':'pytorch_channels_last_0.01' with lines lw 1.4 lc rgb C3 title 'PyTorch, two memory layouts', \
     DATA using 'step':'pytorch_without_mkldnn_0.01' with lines lw 1.4 lc rgb C4 title 'PyTorch, its two convolutions', \
     DATA using 'step':'ours_double_0.01' with lines lw 2.6 dt (6,3) lc rgb C2 title 'double: this project and PyTorch', \
     DATA using 'step':'pytorch_double_reversed_0.01' with lines lw 1.4 dt (3,3) lc rgb C1 title 'double: PyTorch, batches reversed'

unset multiplot
