# Draws ch06_speed from ch06_speed.tsv:  gnuplot ch06_speed.gp
NAME = 'ch06_speed'; W = 880; H = 460

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
set label 1 '{/:Bold The same arithmetic, at least 44 times faster}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'Convolutions of the article''s network, 16 images, fastest of several runs, 2 threads' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set lmargin at screen px(220); set rmargin at screen px(850); set tmargin at screen py(96); set bmargin at screen py(400)
set arrow 1 from 199.168,graph 0 to 199.168,graph 1 nohead lc rgb MUTED lw 1 dt 2
set label 1 'multiply-adds alone' at 229.043,graph 1.035 right tc rgb MUTED font f11
set ytics ('conv1, forward' 0, 'conv1, d\_x' 1, 'conv1, d\_weight' 2, 'res\_block1.conv1, forward' 3, 'res\_block1.conv1, d\_x' 4, 'res\_block1.conv1, d\_weight' 5, 'res\_block1.conv2, forward' 6, 'res\_block1.conv2, d\_x' 7, 'res\_block1.conv2, d\_weight' 8)

set logscale x; set xlabel 'GFLOP/s (logarithmic)' tc rgb INK; set xrange [0.1:1000]
set yrange [8.6:-0.6]; unset grid; set grid xtics lt 1 lw 0.5 lc rgb GRID
plot DATA using (column('ch05')):'row':(column('ch06')-column('ch05')):(0) with vectors nohead lc rgb CTX lw 2, \
     DATA using 'ch05':'row' with points pt 7 ps 1 lc rgb C2, \
     DATA using 'ch06':'row' with points pt 7 ps 1 lc rgb C1, \
     DATA every ::0::0 using 'ch05':(-0.42):('ch05, to read') with labels center tc rgb C2 font f11, \
     DATA every ::0::0 using 'ch06':(-0.42):('ch06, to run') with labels right tc rgb C1 font f11

unset multiplot
