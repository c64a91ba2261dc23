# Draws ch14_ranks from ch14_ranks.tsv:  gnuplot ch14_ranks.gp
NAME = 'ch14_ranks'; W = 880; H = 460

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
set label 1 '{/:Bold From whole batches after 50 steps: synchronised 2.5e−16, own statistics 8.0e−02}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'CIFAR-10 photographs, batches of 64; largest difference of a parameter, median of seeds 0–4 (title: the largest)' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set lmargin at screen px(80); set rmargin at screen px(350); set tmargin at screen py(124); set bmargin at screen py(400)

set logscale y; set format y '10^{%T}'; set xrange [0:50]; set yrange [1e-18:1]; set xlabel 'step' tc rgb INK
set label 1 '{/:Bold in double}' at graph 0,1.05 left tc rgb INK
plot DATA using 'at_step':'double_reversed_median' with lines lw 2.4 lc rgb MUTED dt 3, \
     DATA using 'at_step':'double_synchronised_1_median' with lines lw 1.4 lc rgb C1, \
     DATA using 'at_step':'double_synchronised_2_median' with lines lw 1.4 lc rgb C1, \
     DATA using 'at_step':'double_synchronised_3_median' with lines lw 1.4 lc rgb C1, \
     DATA using 'at_step':'double_synchronised_4_median' with lines lw 1.4 lc rgb C1, \
     DATA using 'at_step':'double_synchronised_4_uneven_median' with lines lw 1.4 lc rgb C1, \
     DATA using 'at_step':'double_averaged_4_uneven_median' with lines lw 1.9 lc rgb C4, \
     DATA using 'at_step':'double_own_2_median' with lines lw 1.9 lc rgb C2, \
     DATA using 'at_step':'double_own_4_median' with lines lw 1.9 lc rgb C2, \
     DATA using 'at_step':'double_pieces_4_median' with lines lw 2.4 lc rgb C3 dt 2
set lmargin at screen px(430); set rmargin at screen px(700); set tmargin at screen py(124); set bmargin at screen py(400)

set logscale y; set format y '10^{%T}'; set xrange [0:50]; set yrange [1e-10:1]; set xlabel 'step' tc rgb INK
set label 1 '{/:Bold in float}' at graph 0,1.05 left tc rgb INK
plot DATA using 'at_step':'float_reversed_median' with lines lw 2.4 lc rgb MUTED dt 3, \
     DATA using 'at_step':'float_synchronised_1_median' with lines lw 1.4 lc rgb C1, \
     DATA using 'at_step':'float_synchronised_2_median' with lines lw 1.4 lc rgb C1, \
     DATA using 'at_step':'float_synchronised_3_median' with lines lw 1.4 lc rgb C1, \
     DATA using 'at_step':'float_synchronised_4_median' with lines lw 1.4 lc rgb C1, \
     DATA using 'at_step':'float_synchronised_4_uneven_median' with lines lw 1.4 lc rgb C1, \
     DATA using 'at_step':'float_averaged_4_uneven_median' with lines lw 1.9 lc rgb C4, \
     DATA using 'at_step':'float_own_2_median' with lines lw 1.9 lc rgb C2, \
     DATA using 'at_step':'float_own_4_median' with lines lw 1.9 lc rgb C2, \
     DATA using 'at_step':'float_pieces_4_median' with lines lw 2.4 lc rgb C3 dt 2

unset logscale; unset tics; unset grid; unset border; unset xlabel; set xrange [0:1]; set yrange [0:1]; unset label 1
set label 11 "own statistics,\n2 and 4 ranks" at screen px(712),py(136) left tc rgb C2
set label 12 "gradient accumulation,\n4 pieces" at screen px(712),py(184) left tc rgb C3
set label 13 "synchronised, uneven,\nequal weights" at screen px(712),py(232) left tc rgb C4
set label 14 "synchronised,\nright weights" at screen px(712),py(300) left tc rgb C1
set label 15 "one process, images\nin reverse order" at screen px(712),py(348) left tc rgb MUTED
plot NaN

unset multiplot
