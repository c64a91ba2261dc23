# Draws ch03_running_statistics from ch03_running_statistics.tsv:  gnuplot ch03_running_statistics.gp
NAME = 'ch03_running_statistics'; W = 880; H = 620

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
set label 1 '{/:Bold Running averages are calmer than the batches once the initial 0 and 1 fade}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 '150 batches of 16 images, weights that stand still, seed 0; dots: each batch; dashed: the population' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
mean = 3.000000; variance = 1.500000
set xtics nomirror 25; set ytics nomirror
set xrange [0:150]
set format x ''
set lmargin at screen px(76); set rmargin at screen px(690); set tmargin at screen py(80); set bmargin at screen py(320)

set yrange [0:4]; set ytics 1
set ylabel 'mean' tc rgb INK
set label 1 'momentum 0.1' at 153,mean-0.22 tc rgb C1 font f12
set label 4 'in the long run it spreads' at 153,mean-0.55 tc rgb MUTED font f11
set label 5 '0.23 as much as the dots' at 153,mean-0.77 tc rgb MUTED font f11
set label 2 'None: the plain average' at 153,mean+0.22 tc rgb C2 font f12
set label 3 'starts at 0 and keeps 0.9^k of it: 35 % after 10 batches, 1 % after 44' at 24,0.75 tc rgb MUTED font f11
set arrow 3 from 23,0.75 to 3.4,1.0 size screen 0.007,20 filled lc rgb MUTED lw 0.8
plot mean with lines dt 2 lw 1 lc rgb INK, \
     DATA using 'batch':'batch_mean' with points pt 7 ps 0.4 lc rgb '#aab4be', \
     DATA using 'batch':'mean_average' every ::1 with lines lw 1.9 lc rgb C2, \
     DATA using 'batch':'mean_moving' with lines lw 1.9 lc rgb C1
unset arrow 3; unset label 1; unset label 2; unset label 3; unset label 4; unset label 5; set format x '%g'
set lmargin at screen px(76); set rmargin at screen px(690); set tmargin at screen py(345); set bmargin at screen py(570)

set yrange [0.6:2.4]; set ytics 0.5
set ylabel 'unbiased variance' tc rgb INK
set xlabel 'batches seen' tc rgb INK
set label 1 'starts at 1' at 2,0.82 tc rgb MUTED font f11
set label 2 'Both settle below 1.5: the' at 153,1.26 tc rgb MUTED font f11
set label 3 'pixels of an image are alike,' at 153,1.14 tc rgb MUTED font f11
set label 4 'and n/(n − 1) corrects as if' at 153,1.02 tc rgb MUTED font f11
set label 5 'they were independent' at 153,0.90 tc rgb MUTED font f11
plot variance with lines dt 2 lw 1 lc rgb INK, \
     DATA using 'batch':'batch_variance' with points pt 7 ps 0.4 lc rgb '#aab4be', \
     DATA using 'batch':'variance_average' every ::1 with lines lw 1.9 lc rgb C2, \
     DATA using 'batch':'variance_moving' with lines lw 1.9 lc rgb C1

unset multiplot
