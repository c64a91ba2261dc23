# Draws ch12_eval_mode from ch12_eval_mode.tsv:  gnuplot ch12_eval_mode.gp
NAME = 'ch12_eval_mode'; W = 880; H = 460

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
set label 1 '{/:Bold Without eval(): −11.0 points one by one, +0.3 in batches of 500, −17.1 if sorted by class}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'Validation accuracy; CIFAR-10 photographs, 10,000 images, 4 epochs; medians and ranges of 5 runs (seeds 0–4)' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set lmargin at screen px(60); set rmargin at screen px(360); set tmargin at screen py(110); set bmargin at screen py(400)
set logscale x 2; set xrange [0.8:625]; set xtics (1, 2, 5, 10, 20, 50, 100, 200, 500); set xlabel 'images in a test batch' tc rgb INK
set title '{/:Bold accuracy (%), trained}' tc rgb INK
set key at graph 0.98,0.72 top right reverse Left
plot DATA using (0.955*column('batch_recalibrated_batch')):(100*column('batch_recalibrated_median')):(100*column('batch_recalibrated_low')):(100*column('batch_recalibrated_high')) with yerrorbars pt 0 lw 1 lc rgb C3, \
     DATA using (0.955*column('batch_recalibrated_batch')):(100*column('batch_recalibrated_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C3, \
     DATA using (0.98365*column('batch_train_sorted_batch')):(100*column('batch_train_sorted_median')):(100*column('batch_train_sorted_low')):(100*column('batch_train_sorted_high')) with yerrorbars pt 0 lw 1 lc rgb C5, \
     DATA using (0.98365*column('batch_train_sorted_batch')):(100*column('batch_train_sorted_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C5, \
     DATA using (1.01316*column('batch_train_mode_batch')):(100*column('batch_train_mode_median')):(100*column('batch_train_mode_low')):(100*column('batch_train_mode_high')) with yerrorbars pt 0 lw 1 lc rgb C2, \
     DATA using (1.01316*column('batch_train_mode_batch')):(100*column('batch_train_mode_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C2, \
     DATA using (1.04355*column('batch_eval_mode_batch')):(100*column('batch_eval_mode_median')):(100*column('batch_eval_mode_low')):(100*column('batch_eval_mode_high')) with yerrorbars pt 0 lw 1 lc rgb C1, \
     DATA using (1.04355*column('batch_eval_mode_batch')):(100*column('batch_eval_mode_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C1, \
     NaN with lines lw 1.9 lc rgb C3 title 'recalibrated', \
     NaN with lines lw 1.9 lc rgb C5 title 'train mode, sorted', \
     NaN with lines lw 1.9 lc rgb C2 title 'train mode', \
     NaN with lines lw 1.9 lc rgb C1 title 'eval mode'
unset key
set lmargin at screen px(480); set rmargin at screen px(780); set tmargin at screen py(110); set bmargin at screen py(400)
set logscale x 2; set xrange [0.8:100]; set xtics (1, 2, 5, 10, 20, 40, 80); set xlabel 'training steps done' tc rgb INK
set title '{/:Bold accuracy (%), at the start}' tc rgb INK
plot DATA using (0.955*column('early_recalibrated_step')):(100*column('early_recalibrated_median')):(100*column('early_recalibrated_low')):(100*column('early_recalibrated_high')) with yerrorbars pt 0 lw 1 lc rgb C3, \
     DATA using (0.955*column('early_recalibrated_step')):(100*column('early_recalibrated_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C3, \
     DATA using (0.98365*column('early_train_sorted_step')):(100*column('early_train_sorted_median')):(100*column('early_train_sorted_low')):(100*column('early_train_sorted_high')) with yerrorbars pt 0 lw 1 lc rgb C5, \
     DATA using (0.98365*column('early_train_sorted_step')):(100*column('early_train_sorted_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C5, \
     DATA using (1.01316*column('early_train_mode_step')):(100*column('early_train_mode_median')):(100*column('early_train_mode_low')):(100*column('early_train_mode_high')) with yerrorbars pt 0 lw 1 lc rgb C2, \
     DATA using (1.01316*column('early_train_mode_step')):(100*column('early_train_mode_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C2, \
     DATA using (1.04355*column('early_eval_mode_step')):(100*column('early_eval_mode_median')):(100*column('early_eval_mode_low')):(100*column('early_eval_mode_high')) with yerrorbars pt 0 lw 1 lc rgb C1, \
     DATA using (1.04355*column('early_eval_mode_step')):(100*column('early_eval_mode_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C1

unset multiplot
