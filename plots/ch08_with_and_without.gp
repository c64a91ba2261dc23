# Draws ch08_with_and_without from ch08_with_and_without.tsv:  gnuplot ch08_with_and_without.gp
NAME = 'ch08_with_and_without'; W = 880; H = 460

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
set label 1 '{/:Bold With batch norm: training +4.16 points, validation −0.15 points}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'The article''s network, accuracy in eval mode after each epoch; CIFAR-10 photographs, cosine rate, seed 0, 1 run each' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set xrange [1:15]; set yrange [75:100]; set xlabel 'epoch' tc rgb INK
set lmargin at screen px(60); set rmargin at screen px(350); set tmargin at screen py(100); set bmargin at screen py(400)

set title '{/:Bold training accuracy (%)}' tc rgb INK
set label 1 'with 97.97' at 15,97.97 offset 0.7,0.35 tc rgb C1
set label 2 'without 93.81' at 15,93.81 offset 0.7,-0.35 tc rgb C2
set label 3 'article: 95 %' at 1,95 offset 0.5,0.6 tc rgb MUTED font f11
plot 95 with lines dt 2 lw 1 lc rgb MUTED, \
     DATA using 'epoch':(100*column('without_train_accuracy')) with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C2, \
     DATA using 'epoch':(100*column('train_accuracy')) with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C1
set lmargin at screen px(480); set rmargin at screen px(770); set tmargin at screen py(100); set bmargin at screen py(400)

set title '{/:Bold validation accuracy (%)}' tc rgb INK
set label 1 'with 90.30' at 15,90.30 offset 0.7,-0.35 tc rgb C1
set label 2 'without 90.45' at 15,90.45 offset 0.7,0.35 tc rgb C2
set label 3 'article: 89 %' at 1,89 offset 0.5,0.6 tc rgb MUTED font f11
plot 89 with lines dt 2 lw 1 lc rgb MUTED, \
     DATA using 'epoch':(100*column('without_validation_accuracy')) with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C2, \
     DATA using 'epoch':(100*column('validation_accuracy')) with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C1

unset multiplot
