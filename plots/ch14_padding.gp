# Draws ch14_padding from ch14_padding.tsv:  gnuplot ch14_padding.gp
NAME = 'ch14_padding'; W = 880; H = 460

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
set label 1 '{/:Bold Folded into the convolution after it: off by 2.7 at the edge, 1.4e−06 inside}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'CIFAR-10 photographs, trained on 10000 images, 5 epochs; seeds 0–4; the colours'' standardisation folded into conv1' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set lmargin at screen px(40); set rmargin at screen px(340); set tmargin at screen py(112); set bmargin at screen py(412)

unset grid; unset tics; set border 15 lc rgb '#8c959f' lw 0.8
set label 1 '{/:Bold conv1: largest error at each place (seed 0)}' at graph 0,1.04 left tc rgb INK
set palette defined (0 '#ffffff', 1 C2); set cbrange [0:*]
set colorbox user origin screen px(352),py(412) size screen 12/880.0,300/460.0
set cbtics nomirror out scale 0.35 tc rgb MUTED font f11
array A[1024]
set xrange [*:*]; set yrange [*:*]
stats DATA using (A[int($0)+1] = column('map')) every ::::1023 nooutput
set samples 160; set isosamples 160
set xrange [0:32]; set yrange [32:0]
set datafile nocolumnheaders
plot sample [u=0.1:31.9] [v=0.1:31.9] '++' using (u):(v):(A[1+floor(u)+32*floor(v)]) with image
set datafile columnheaders
unset label; unset colorbox; set border 3 lc rgb '#8c959f' lw 0.8; set tics nomirror out scale 0.35 tc rgb MUTED font f11
set lmargin at screen px(520); set rmargin at screen px(850); set tmargin at screen py(112); set bmargin at screen py(380)

set grid ytics lt 1 lw 0.5 lc rgb GRID
set xrange [0.4:3.6]; set yrange [86:90]; set ytics autofreq
set xtics ("as it is\n89.1" 1, "folded\n87.6" 2, "folded, padded\nneutrally 89.1" 3)
set label 1 '{/:Bold validation accuracy (%)}' at graph 0,1.05 left tc rgb INK
plot DATA using (1):(100*column('accuracy')) with points pt 7 ps 0.8 lc rgb C1, \
     DATA using (2):(100*column('accuracy_folded')) with points pt 7 ps 0.8 lc rgb C2, \
     DATA using (3):(100*column('accuracy_neutral')) with points pt 7 ps 0.8 lc rgb C1

unset multiplot
