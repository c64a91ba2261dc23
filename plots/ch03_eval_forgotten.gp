# Draws ch03_eval_forgotten from ch03_eval_forgotten.tsv:  gnuplot ch03_eval_forgotten.gp
NAME = 'ch03_eval_forgotten'; W = 880; H = 470

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
set label 1 '{/:Bold Without eval the answer depends on the batch; with eval, only on the training}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'Two classes of synthetic images, 512 for testing, mean of 20 runs, seed 0' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
early = 1.622555; train = 0.364365; warm = 0.024158
set xtics nomirror; set ytics nomirror
set logscale x 2; set xrange [0.9:285]; set xtics (1,4,16,64,256)
set xlabel 'images per test batch' tc rgb INK
set lmargin at screen px(70); set rmargin at screen px(420); set tmargin at screen py(100); set bmargin at screen py(415)

set label 10 'Error of the output, against the population' at graph 0,1.06 tc rgb INK
set logscale y; set yrange [0.01:3]; set ytics (0.01, 0.03, 0.1, 0.3, 1, 3)
set label 11 'eval after 5 training batches' at 1.2,1.25*early tc rgb C5 font f12
set label 12 'train mode' at 9,1.2*train tc rgb C2 font f12
set label 13 'eval after 300 training batches' at 1.2,0.78*warm tc rgb C1 font f12
plot DATA using 'size':'error_early' with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C5, \
     DATA using 'size':'error_train' with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C2, \
     DATA using 'size':'error_eval' with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C1
set lmargin at screen px(505); set rmargin at screen px(855); set tmargin at screen py(100); set bmargin at screen py(415)

unset logscale y; set yrange [45:103]; set ytics nomirror 50,10,100; set format y '%g %%'
set label 10 'Accuracy, by the sign of the output'
set label 11 'eval mode, in any order' at 1.2,99.7 tc rgb C1 font f12
set label 12 'train mode, shuffled' at 5.5,86.5 tc rgb C2 font f12
set label 13 'train mode, sorted by class' at 5.5,52.5 tc rgb C4 font f12
plot DATA using 'size':(100*column('accuracy_one_class')) with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C4, \
     DATA using 'size':(100*column('accuracy_mixed')) with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C2, \
     DATA using 'size':(100*column('accuracy_eval')) with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C1

unset multiplot
