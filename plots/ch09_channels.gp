# Draws ch09_channels from ch09_channels.tsv:  gnuplot ch09_channels.gp
NAME = 'ch09_channels'; W = 880; H = 714

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
set label 1 '{/:Bold Channel by channel: place and width change, the shape hardly does}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'Input grey, output blue; res\_block1.bn1, 16 channels, 1 epoch of training, all batches; CIFAR-10 photographs, seed 0' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set xrange [-5:5]; set xtics 2; set yrange [0:1.85742]; unset ytics; set border 1
set lmargin at screen px(30); set rmargin at screen px(226); set tmargin at screen py(76); set bmargin at screen py(208)

set format x ''
set label 1 '{/:Bold channel 0}' at graph 0.02,0.94 tc rgb INK font f11
set label 2 "in 0.47, σ 0.39" at graph 0.02,0.82 tc rgb '#6e7781' font f11
set label 3 "out 0.00, σ 1.00" at graph 0.98,0.94 right tc rgb C1 font f11
plot DATA using 'value':'in_0' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'value':'out_0' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4
set lmargin at screen px(238); set rmargin at screen px(434); set tmargin at screen py(76); set bmargin at screen py(208)

set format x ''
set label 1 '{/:Bold channel 1}' at graph 0.02,0.94 tc rgb INK font f11
set label 2 "in 0.41, σ 0.65" at graph 0.02,0.82 tc rgb '#6e7781' font f11
set label 3 "out 0.00, σ 1.00" at graph 0.98,0.94 right tc rgb C1 font f11
plot DATA using 'value':'in_1' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'value':'out_1' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4
set lmargin at screen px(446); set rmargin at screen px(642); set tmargin at screen py(76); set bmargin at screen py(208)

set format x ''
set label 1 '{/:Bold channel 2}' at graph 0.02,0.94 tc rgb INK font f11
set label 2 "in −0.34, σ 0.53" at graph 0.02,0.82 tc rgb '#6e7781' font f11
set label 3 "out 0.00, σ 1.00" at graph 0.98,0.94 right tc rgb C1 font f11
plot DATA using 'value':'in_2' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'value':'out_2' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4
set lmargin at screen px(654); set rmargin at screen px(850); set tmargin at screen py(76); set bmargin at screen py(208)

set format x ''
set label 1 '{/:Bold channel 3}' at graph 0.02,0.94 tc rgb INK font f11
set label 2 "in −0.08, σ 0.36" at graph 0.02,0.82 tc rgb '#6e7781' font f11
set label 3 "out 0.00, σ 1.00" at graph 0.98,0.94 right tc rgb C1 font f11
plot DATA using 'value':'in_3' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'value':'out_3' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4
set lmargin at screen px(30); set rmargin at screen px(226); set tmargin at screen py(226); set bmargin at screen py(358)

set format x ''
set label 1 '{/:Bold channel 4}' at graph 0.02,0.94 tc rgb INK font f11
set label 2 "in −0.08, σ 0.39" at graph 0.02,0.82 tc rgb '#6e7781' font f11
set label 3 "out −0.01, σ 1.00" at graph 0.98,0.94 right tc rgb C1 font f11
plot DATA using 'value':'in_4' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'value':'out_4' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4
set lmargin at screen px(238); set rmargin at screen px(434); set tmargin at screen py(226); set bmargin at screen py(358)

set format x ''
set label 1 '{/:Bold channel 5}' at graph 0.02,0.94 tc rgb INK font f11
set label 2 "in 0.40, σ 0.45" at graph 0.02,0.82 tc rgb '#6e7781' font f11
set label 3 "out 0.00, σ 1.01" at graph 0.98,0.94 right tc rgb C1 font f11
plot DATA using 'value':'in_5' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'value':'out_5' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4
set lmargin at screen px(446); set rmargin at screen px(642); set tmargin at screen py(226); set bmargin at screen py(358)

set format x ''
set label 1 '{/:Bold channel 6}' at graph 0.02,0.94 tc rgb INK font f11
set label 2 "in 0.79, σ 0.51" at graph 0.02,0.82 tc rgb '#6e7781' font f11
set label 3 "out 0.00, σ 1.00" at graph 0.98,0.94 right tc rgb C1 font f11
plot DATA using 'value':'in_6' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'value':'out_6' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4
set lmargin at screen px(654); set rmargin at screen px(850); set tmargin at screen py(226); set bmargin at screen py(358)

set format x ''
set label 1 '{/:Bold channel 7}' at graph 0.02,0.94 tc rgb INK font f11
set label 2 "in −0.32, σ 0.45" at graph 0.02,0.82 tc rgb '#6e7781' font f11
set label 3 "out 0.00, σ 0.99" at graph 0.98,0.94 right tc rgb C1 font f11
plot DATA using 'value':'in_7' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'value':'out_7' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4
set lmargin at screen px(30); set rmargin at screen px(226); set tmargin at screen py(376); set bmargin at screen py(508)

set format x ''
set label 1 '{/:Bold channel 8}' at graph 0.02,0.94 tc rgb INK font f11
set label 2 "in −0.52, σ 0.50" at graph 0.02,0.82 tc rgb '#6e7781' font f11
set label 3 "out 0.00, σ 1.00" at graph 0.98,0.94 right tc rgb C1 font f11
plot DATA using 'value':'in_8' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'value':'out_8' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4
set lmargin at screen px(238); set rmargin at screen px(434); set tmargin at screen py(376); set bmargin at screen py(508)

set format x ''
set label 1 '{/:Bold channel 9}' at graph 0.02,0.94 tc rgb INK font f11
set label 2 "in −0.42, σ 0.45" at graph 0.02,0.82 tc rgb '#6e7781' font f11
set label 3 "out −0.01, σ 1.00" at graph 0.98,0.94 right tc rgb C1 font f11
plot DATA using 'value':'in_9' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'value':'out_9' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4
set lmargin at screen px(446); set rmargin at screen px(642); set tmargin at screen py(376); set bmargin at screen py(508)

set format x ''
set label 1 '{/:Bold channel 10}' at graph 0.02,0.94 tc rgb INK font f11
set label 2 "in 0.44, σ 0.43" at graph 0.02,0.82 tc rgb '#6e7781' font f11
set label 3 "out 0.00, σ 1.00" at graph 0.98,0.94 right tc rgb C1 font f11
plot DATA using 'value':'in_10' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'value':'out_10' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4
set lmargin at screen px(654); set rmargin at screen px(850); set tmargin at screen py(376); set bmargin at screen py(508)

set format x ''
set label 1 '{/:Bold channel 11}' at graph 0.02,0.94 tc rgb INK font f11
set label 2 "in 0.36, σ 0.64" at graph 0.02,0.82 tc rgb '#6e7781' font f11
set label 3 "out −0.01, σ 1.00" at graph 0.98,0.94 right tc rgb C1 font f11
plot DATA using 'value':'in_11' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'value':'out_11' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4
set lmargin at screen px(30); set rmargin at screen px(226); set tmargin at screen py(526); set bmargin at screen py(658)

set format x '%g'
set label 1 '{/:Bold channel 12}' at graph 0.02,0.94 tc rgb INK font f11
set label 2 "in −0.43, σ 0.41" at graph 0.02,0.82 tc rgb '#6e7781' font f11
set label 3 "out −0.01, σ 0.99" at graph 0.98,0.94 right tc rgb C1 font f11
plot DATA using 'value':'in_12' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'value':'out_12' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4
set lmargin at screen px(238); set rmargin at screen px(434); set tmargin at screen py(526); set bmargin at screen py(658)

set format x '%g'
set label 1 '{/:Bold channel 13}' at graph 0.02,0.94 tc rgb INK font f11
set label 2 "in −0.41, σ 0.38" at graph 0.02,0.82 tc rgb '#6e7781' font f11
set label 3 "out −0.01, σ 0.99" at graph 0.98,0.94 right tc rgb C1 font f11
plot DATA using 'value':'in_13' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'value':'out_13' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4
set lmargin at screen px(446); set rmargin at screen px(642); set tmargin at screen py(526); set bmargin at screen py(658)

set format x '%g'
set label 1 '{/:Bold channel 14}' at graph 0.02,0.94 tc rgb INK font f11
set label 2 "in 0.04, σ 0.45" at graph 0.02,0.82 tc rgb '#6e7781' font f11
set label 3 "out −0.01, σ 0.99" at graph 0.98,0.94 right tc rgb C1 font f11
plot DATA using 'value':'in_14' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'value':'out_14' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4
set lmargin at screen px(654); set rmargin at screen px(850); set tmargin at screen py(526); set bmargin at screen py(658)

set format x '%g'
set label 1 '{/:Bold channel 15}' at graph 0.02,0.94 tc rgb INK font f11
set label 2 "in −0.45, σ 0.47" at graph 0.02,0.82 tc rgb '#6e7781' font f11
set label 3 "out −0.01, σ 1.00" at graph 0.98,0.94 right tc rgb C1 font f11
plot DATA using 'value':'in_15' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'value':'out_15' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4

unset multiplot
