# Draws ch09_input_and_output from ch09_input_and_output.tsv:  gnuplot ch09_input_and_output.gp
NAME = 'ch09_input_and_output'; W = 880; H = 460

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
set label 1 '{/:Bold Channels go in with places and widths of their own and come out alike}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'res\_block1.bn1, 16 channels, 1 epoch of training, all batches; CIFAR-10 photographs, seed 0' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin

set xrange [-5:5]; set xtics 2; set yrange [0:*]; set ylabel 'density' tc rgb INK
set object 1 rectangle from -0.5,graph 0 to 0.5,graph 1 fc rgb C5 fs transparent solid 0.15 noborder behind
set label 1 "the article's\n[−0.5, 0.5]" at 0.6,graph 0.94 tc rgb '#9a6a00' font f11
set lmargin at screen px(70); set rmargin at screen px(430); set tmargin at screen py(110); set bmargin at screen py(400)

set title "{/:Bold input}: means −0.52 to 0.79, σ 0.36 to 0.65" tc rgb INK; set xlabel 'input' tc rgb INK
plot for [c=0:15] DATA using 'value':(column('in_'.c)) with filledcurves y1=0 fc rgb '#6e7781' fs transparent solid 0.05, \
     for [c=0:15] DATA using 'value':(column('in_'.c)) with lines lw 1 lc rgb '#6e7781'
unset object 1; unset label 1; unset ylabel
set lmargin at screen px(490); set rmargin at screen px(850); set tmargin at screen py(110); set bmargin at screen py(400)

set title "{/:Bold output}: means −0.01 to 0.00, σ 0.99 to 1.01" tc rgb INK; set xlabel 'output' tc rgb INK
plot for [c=0:15] DATA using 'value':(column('out_'.c)) with filledcurves y1=0 fc rgb C1 fs transparent solid 0.05, \
     for [c=0:15] DATA using 'value':(column('out_'.c)) with lines lw 1 lc rgb C1

unset multiplot
