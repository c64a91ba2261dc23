# Draws ch13_batch_size from ch13_batch_size.tsv:  gnuplot ch13_batch_size.gp
NAME = 'ch13_batch_size'; W = 880; H = 460

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
set label 1 '{/:Bold Batch norm vs group norm: −10.60 points in batches of 1, +0.75 of 128}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'CIFAR-10 photographs, 10000 images, 3 epochs; median and range of 5 runs (seeds 0–4)' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set lmargin at screen px(60); set rmargin at screen px(700); set tmargin at screen py(100); set bmargin at screen py(400)
set logscale x 2; set xrange [1*0.85:128*1.18]; set yrange [60:95]
set xlabel 'images in a batch' tc rgb INK
set label 1 '{/:Bold validation accuracy (%)}' at graph 0,1.05 left tc rgb INK
set label 2 'batch norm 87.5' at graph 1,first 88.00 offset 0.8,0 tc rgb C1
set label 3 'group norm 86.7' at graph 1,first 86.15 offset 0.8,0 tc rgb C2
set label 4 'layer norm 86.3' at graph 1,first 84.31 offset 0.8,0 tc rgb C3
set label 5 'instance norm 87.8' at graph 1,first 89.84 offset 0.8,0 tc rgb C4
plot DATA using (column('batch_size')*0.9497):(100*column('batch_norm_median')):(100*column('batch_norm_low')):(100*column('batch_norm_high')) with yerrorbars pt 0 lw 1 lc rgb C1, \
     DATA using (column('batch_size')*0.9497):(100*column('batch_norm_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C1, \
     DATA using (column('batch_size')*0.9829):(100*column('group_norm_median')):(100*column('group_norm_low')):(100*column('group_norm_high')) with yerrorbars pt 0 lw 1 lc rgb C2, \
     DATA using (column('batch_size')*0.9829):(100*column('group_norm_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C2, \
     DATA using (column('batch_size')*1.0173):(100*column('layer_norm_median')):(100*column('layer_norm_low')):(100*column('layer_norm_high')) with yerrorbars pt 0 lw 1 lc rgb C3, \
     DATA using (column('batch_size')*1.0173):(100*column('layer_norm_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C3, \
     DATA using (column('batch_size')*1.0530):(100*column('instance_norm_median')):(100*column('instance_norm_low')):(100*column('instance_norm_high')) with yerrorbars pt 0 lw 1 lc rgb C4, \
     DATA using (column('batch_size')*1.0530):(100*column('instance_norm_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C4

unset multiplot
