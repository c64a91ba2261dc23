# Draws ch02_bimodal from ch02_bimodal.tsv:  gnuplot ch02_bimodal.gp
NAME = 'ch02_bimodal'; W = 880; H = 420

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
set label 1 '{/:Bold Standardised is not normal: two humps stay two humps}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 '16384 values of one channel, a mixture of two normals, seed 0; dashed: the normal curve of the same mean and σ' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
before(x) = 6.4/48/sqrt(2*pi)*exp(-(x - (2.59867385))**2/(2*4.30727075))
after(x) = 6.4/48/sqrt(2*pi)*exp(-(x - (-2.31143772e-15))**2/(2*0.999997678))
set samples 400; set xtics nomirror; set ytics nomirror
set lmargin at screen px(70); set rmargin at screen px(450); set tmargin at screen py(84); set bmargin at screen py(360)
set xrange [-4.042595:9.239943]

set yrange [0:0.11]; set ytics nomirror 0.02; set format y '%.2f'
set ylabel 'share of the values, by bin' tc rgb INK
set xlabel 'x, the input' tc rgb INK
set label 11 "mean 2.60, σ 2.08\nskewness 0.338\nkurtosis 1.561" at graph 0.02,0.95 tc rgb INK font f11
plot DATA using 'x':'x_share' with filledcurves y1=0 fc rgb '#d0d7de', \
     DATA using 'x':'x_share' with lines lc rgb '#6e7781' lw 1, \
     before(x) with lines dt 2 lw 1.3 lc rgb INK
unset label 11; unset ylabel; set format y ''
set lmargin at screen px(480); set rmargin at screen px(860); set tmargin at screen py(84); set bmargin at screen py(360)
set xrange [-3.199996:3.199996]

set xlabel 'x̂, the output with γ = 1 and β = 0' tc rgb INK
set label 11 "mean 0.00, σ 1.00\nskewness 0.338\nkurtosis 1.561" at graph 0.02,0.95 tc rgb INK font f11
plot DATA using 'y':'y_share' with filledcurves y1=0 fc rgb C1 fs transparent solid 0.40, \
     DATA using 'y':'y_share' with lines lc rgb C1 lw 1.4, \
     after(x) with lines dt 2 lw 1.3 lc rgb INK

unset multiplot
