# Draws ch12_shift from ch12_shift.tsv:  gnuplot ch12_shift.gp
NAME = 'ch12_shift'; W = 880; H = 460

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
set label 1 '{/:Bold Noise that shifts inputs 3.7 times as much as no batch norm: −0.5 points}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'A dot is a run; CIFAR-10 photographs, 10,000 images, 4 epochs; medians and ranges of 5 runs (seeds 0–4)' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set lmargin at screen px(60); set rmargin at screen px(390); set tmargin at screen py(110); set bmargin at screen py(400)
set logscale x; set format x '%g'; set xlabel 'how far inputs move in a step (σ)' tc rgb INK
set title '{/:Bold validation accuracy (%)}' tc rgb INK
set offsets graph 0.05, graph 0.05, graph 0.05, graph 0.05
set key at graph 0.02,0.04 left bottom reverse Left
plot DATA using (column('variant')==0 ? column('input_shift') : NaN):(100*column('validation')) with points pt 7 ps 0.9 lc rgb C2 title 'without', \
     DATA using (column('variant')==1 ? column('input_shift') : NaN):(100*column('validation')) with points pt 7 ps 0.9 lc rgb C1 title 'with batch norm', \
     DATA using (column('variant')==2 ? column('input_shift') : NaN):(100*column('validation')) with points pt 7 ps 0.9 lc rgb C3 title 'batch norm, then noise'
set lmargin at screen px(480); set rmargin at screen px(810); set tmargin at screen py(110); set bmargin at screen py(400)
set logscale x; set format x '%g'; set xlabel 'how far gradients move: ‖G − G′‖ / ‖G‖' tc rgb INK
set title '{/:Bold validation accuracy (%)}' tc rgb INK
set offsets graph 0.05, graph 0.05, graph 0.05, graph 0.05
unset key
plot DATA using (column('variant')==0 ? column('gradient_shift') : NaN):(100*column('validation')) with points pt 7 ps 0.9 lc rgb C2 title 'without', \
     DATA using (column('variant')==1 ? column('gradient_shift') : NaN):(100*column('validation')) with points pt 7 ps 0.9 lc rgb C1 title 'with batch norm', \
     DATA using (column('variant')==2 ? column('gradient_shift') : NaN):(100*column('validation')) with points pt 7 ps 0.9 lc rgb C3 title 'batch norm, then noise'

unset multiplot
