# Draws ch12_smoothness from ch12_smoothness.tsv:  gnuplot ch12_smoothness.gp
NAME = 'ch12_smoothness'; W = 880; H = 460

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
set label 1 '{/:Bold Effective β at the start 94 with batch norm, 9 without; later 26 and 38}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'Steps along −gradient; CIFAR-10 photographs, 10,000 images, 4 epochs; medians and ranges of 5 runs (seeds 0–4)' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set logscale xy; set xlabel 'step η' tc rgb INK; set format x '%g'
set lmargin at screen px(60); set rmargin at screen px(280); set tmargin at screen py(110); set bmargin at screen py(400)
set title '{/:Bold loss after / before}' tc rgb INK
set yrange [0.5:*]
set key at graph 0.03,0.97 top left reverse Left
plot DATA using 'loss_ratio_0_eta':(1*column('loss_ratio_0_low')):(1*column('loss_ratio_0_high')) with filledcurves lc rgb C2 fs transparent solid 0.18 noborder, \
     DATA using 'loss_ratio_0_eta':(1*column('loss_ratio_0_median')) with lines lw 1.9 lc rgb C2, \
     DATA using 'loss_ratio_1_eta':(1*column('loss_ratio_1_low')):(1*column('loss_ratio_1_high')) with filledcurves lc rgb C1 fs transparent solid 0.18 noborder, \
     DATA using 'loss_ratio_1_eta':(1*column('loss_ratio_1_median')) with lines lw 1.9 lc rgb C1, \
     DATA using 'loss_ratio_2_eta':(1*column('loss_ratio_2_low')):(1*column('loss_ratio_2_high')) with filledcurves lc rgb C3 fs transparent solid 0.18 noborder, \
     DATA using 'loss_ratio_2_eta':(1*column('loss_ratio_2_median')) with lines lw 1.9 lc rgb C3, \
     NaN with lines lw 1.9 lc rgb C2 title 'without', \
     NaN with lines lw 1.9 lc rgb C1 title 'with', \
     NaN with lines lw 1.9 lc rgb C3 title 'without, larger'
unset key
set lmargin at screen px(345); set rmargin at screen px(565); set tmargin at screen py(110); set bmargin at screen py(400)
set title '{/:Bold change of the gradient (relative)}' tc rgb INK
set yrange [*:*]
plot DATA using 'change_0_eta':(1*column('change_0_low')):(1*column('change_0_high')) with filledcurves lc rgb C2 fs transparent solid 0.18 noborder, \
     DATA using 'change_0_eta':(1*column('change_0_median')) with lines lw 1.9 lc rgb C2, \
     DATA using 'change_1_eta':(1*column('change_1_low')):(1*column('change_1_high')) with filledcurves lc rgb C1 fs transparent solid 0.18 noborder, \
     DATA using 'change_1_eta':(1*column('change_1_median')) with lines lw 1.9 lc rgb C1, \
     DATA using 'change_2_eta':(1*column('change_2_low')):(1*column('change_2_high')) with filledcurves lc rgb C3 fs transparent solid 0.18 noborder, \
     DATA using 'change_2_eta':(1*column('change_2_median')) with lines lw 1.9 lc rgb C3
unset key
set lmargin at screen px(630); set rmargin at screen px(850); set tmargin at screen py(110); set bmargin at screen py(400)
set title '{/:Bold effective β}' tc rgb INK
set yrange [*:*]
plot DATA using 'beta_0_eta':(1*column('beta_0_low')):(1*column('beta_0_high')) with filledcurves lc rgb C2 fs transparent solid 0.18 noborder, \
     DATA using 'beta_0_eta':(1*column('beta_0_median')) with lines lw 1.9 lc rgb C2, \
     DATA using 'beta_1_eta':(1*column('beta_1_low')):(1*column('beta_1_high')) with filledcurves lc rgb C1 fs transparent solid 0.18 noborder, \
     DATA using 'beta_1_eta':(1*column('beta_1_median')) with lines lw 1.9 lc rgb C1, \
     DATA using 'beta_2_eta':(1*column('beta_2_low')):(1*column('beta_2_high')) with filledcurves lc rgb C3 fs transparent solid 0.18 noborder, \
     DATA using 'beta_2_eta':(1*column('beta_2_median')) with lines lw 1.9 lc rgb C3
unset key

unset multiplot
