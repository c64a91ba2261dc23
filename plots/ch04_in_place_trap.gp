# Draws ch04_in_place_trap from ch04_in_place_trap.tsv:  gnuplot ch04_in_place_trap.gp
NAME = 'ch04_in_place_trap'; W = 880; H = 380

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
set label 1 '{/:Bold A hook that keeps the tensor sees what the next layer made of it}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'The same output of one BatchNorm2d, 64 images; an in-place ReLU follows; seed 0' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set xrange [-4:4]; set xtics 2; set xlabel 'value' tc rgb INK
set lmargin at screen px(70); set rmargin at screen px(430); set tmargin at screen py(100); set bmargin at screen py(320)

set yrange [0:*]; set ylabel 'share of values per bin (%)' tc rgb INK
set title '{/:Bold cloned inside the hook}: the output' tc rgb C1
plot DATA using 'edge':'cloned' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.4
unset ylabel
set title '{/:Bold kept by the hook}: everything below 0 is gone' tc rgb C2
set lmargin at screen px(490); set rmargin at screen px(850); set tmargin at screen py(100); set bmargin at screen py(320)

plot DATA using 'edge':'kept' with filledcurves y1=0 fc rgb C2 fs transparent solid 0.4

unset multiplot
