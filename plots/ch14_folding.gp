# Draws ch14_folding from ch14_folding.tsv:  gnuplot ch14_folding.gp
NAME = 'ch14_folding'; W = 880; H = 460

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
set label 1 '{/:Bold Folded: logits move by 1.9e−06 at most, inference is 1.18 times as fast}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'CIFAR-10 photographs, trained on 10000 images, 5 epochs; seeds 0–4, 2000 images; batches of 100, layer by layer' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set lmargin at screen px(90); set rmargin at screen px(350); set tmargin at screen py(112); set bmargin at screen py(400)

set logscale y; set format y '10^{%T}'; set yrange [1e-8:1e-4]; set xrange [0-0.6:4+0.6]
set xtics 1; set xlabel 'seed' tc rgb INK
set label 1 '{/:Bold largest difference of a logit}' at graph 0,1.06 left tc rgb INK
set arrow 1 from graph 0,first 1e-5 to graph 1,first 1e-5 nohead lc rgb MUTED dt 2 lw 1
set label 2 'the tests accept up to here' at graph 0.03,first 1.5e-5 left tc rgb MUTED font f11
plot DATA using 'seed':'largest_difference' with points pt 7 ps 0.8 lc rgb C1
unset arrow 1; unset label 2; unset logscale y; set format y '%g'
set lmargin at screen px(460); set rmargin at screen px(690); set tmargin at screen py(112); set bmargin at screen py(400)

set logscale x; set xrange [1*0.7:100*1.4]; set yrange [0:1.5]; set xtics (1, 10, 100); set ytics 0.5
set xlabel 'images in a batch' tc rgb INK
set label 1 '{/:Bold time without folding / with}' at graph 0,1.06 left tc rgb INK
set label 3 'layer by layer' at graph 1,first 1.184 offset 1,0 left tc rgb C1
set label 4 'in sweeps (ch06)' at graph 1,first 1.008 offset 1,0 left tc rgb C2
set arrow 2 from graph 0,first 1 to graph 1,first 1 nohead lc rgb MUTED dt 2 lw 1
plot DATA using 'batch':'layers_ratio' with points pt 7 ps 0.6 lc rgb C1, \
     DATA using 'batch_size':'layers_median' with lines lw 1.9 lc rgb C1, \
     DATA using 'batch':'sweeps_ratio' with points pt 7 ps 0.6 lc rgb C2, \
     DATA using 'batch_size':'sweeps_median' with lines lw 1.9 lc rgb C2

unset multiplot
