# Draws ch02_how_batch_norm_works from ch02_how_batch_norm_works.tsv:  gnuplot ch02_how_batch_norm_works.gp
NAME = 'ch02_how_batch_norm_works'; W = 880; H = 540

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
set label 1 '{/:Bold One mean and one σ per channel, taken over all images and positions}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 '3 images, 3 channels, 2 × 2 pixels: channel 0 in blue, darker where larger; ε = 10⁻⁵ does not show' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set lmargin at screen px(0); set rmargin at screen px(880); set tmargin at screen py(0); set bmargin at screen py(540)
unset border; unset tics; unset grid
set xrange [0:880]; set yrange [540:0]
set object rectangle from first 122,132 to first 168,166 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 168,132 to first 214,166 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 122,166 to first 168,200 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 168,166 to first 214,200 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 107,145 to first 153,179 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 153,145 to first 199,179 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 107,179 to first 153,213 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 153,179 to first 199,213 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 92,158 to first 138,192 fc rgb '#e5f0f7' fs solid border lc rgb '#0072B2' lw 0.8
set label "2" at first 115,175 front center tc rgb INK
set object rectangle from first 138,158 to first 184,192 fc rgb '#d0e5f0' fs solid border lc rgb '#0072B2' lw 0.8
set label "3" at first 161,175 front center tc rgb INK
set object rectangle from first 92,192 to first 138,226 fc rgb '#bbd9ea' fs solid border lc rgb '#0072B2' lw 0.8
set label "4" at first 115,209 front center tc rgb INK
set object rectangle from first 138,192 to first 184,226 fc rgb '#e5f0f7' fs solid border lc rgb '#0072B2' lw 0.8
set label "2" at first 161,209 front center tc rgb INK
set object rectangle from first 122,256 to first 168,290 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 168,256 to first 214,290 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 122,290 to first 168,324 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 168,290 to first 214,324 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 107,269 to first 153,303 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 153,269 to first 199,303 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 107,303 to first 153,337 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 153,303 to first 199,337 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 92,282 to first 138,316 fc rgb '#a5cde4' fs solid border lc rgb '#0072B2' lw 0.8
set label "5" at first 115,299 front center tc rgb INK
set object rectangle from first 138,282 to first 184,316 fc rgb '#bbd9ea' fs solid border lc rgb '#0072B2' lw 0.8
set label "4" at first 161,299 front center tc rgb INK
set object rectangle from first 92,316 to first 138,350 fc rgb '#90c1dd' fs solid border lc rgb '#0072B2' lw 0.8
set label "6" at first 115,333 front center tc rgb INK
set object rectangle from first 138,316 to first 184,350 fc rgb '#a5cde4' fs solid border lc rgb '#0072B2' lw 0.8
set label "5" at first 161,333 front center tc rgb INK
set object rectangle from first 122,380 to first 168,414 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 168,380 to first 214,414 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 122,414 to first 168,448 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 168,414 to first 214,448 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 107,393 to first 153,427 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 153,393 to first 199,427 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 107,427 to first 153,461 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 153,427 to first 199,461 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 92,406 to first 138,440 fc rgb '#7bb6d7' fs solid border lc rgb '#0072B2' lw 0.8
set label "7" at first 115,423 front center tc rgb INK
set object rectangle from first 138,406 to first 184,440 fc rgb '#66aad0' fs solid border lc rgb '#0072B2' lw 0.8
set label "8" at first 161,423 front center tc rgb INK
set object rectangle from first 92,440 to first 138,474 fc rgb '#90c1dd' fs solid border lc rgb '#0072B2' lw 0.8
set label "6" at first 115,457 front center tc rgb INK
set object rectangle from first 138,440 to first 184,474 fc rgb '#66aad0' fs solid border lc rgb '#0072B2' lw 0.8
set label "8" at first 161,457 front center tc rgb INK
set label "x" at first 153,100 front center tc rgb INK
set object rectangle from first 437,132 to first 483,166 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 483,132 to first 529,166 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 437,166 to first 483,200 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 483,166 to first 529,200 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 422,145 to first 468,179 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 468,145 to first 514,179 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 422,179 to first 468,213 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 468,179 to first 514,213 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 407,158 to first 453,192 fc rgb '#e5f0f7' fs solid border lc rgb '#0072B2' lw 0.8
set label "−1.5" at first 430,175 front center tc rgb INK
set object rectangle from first 453,158 to first 499,192 fc rgb '#d0e5f0' fs solid border lc rgb '#0072B2' lw 0.8
set label "−1" at first 476,175 front center tc rgb INK
set object rectangle from first 407,192 to first 453,226 fc rgb '#bbd9ea' fs solid border lc rgb '#0072B2' lw 0.8
set label "−0.5" at first 430,209 front center tc rgb INK
set object rectangle from first 453,192 to first 499,226 fc rgb '#e5f0f7' fs solid border lc rgb '#0072B2' lw 0.8
set label "−1.5" at first 476,209 front center tc rgb INK
set object rectangle from first 437,256 to first 483,290 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 483,256 to first 529,290 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 437,290 to first 483,324 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 483,290 to first 529,324 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 422,269 to first 468,303 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 468,269 to first 514,303 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 422,303 to first 468,337 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 468,303 to first 514,337 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 407,282 to first 453,316 fc rgb '#a5cde4' fs solid border lc rgb '#0072B2' lw 0.8
set label "0" at first 430,299 front center tc rgb INK
set object rectangle from first 453,282 to first 499,316 fc rgb '#bbd9ea' fs solid border lc rgb '#0072B2' lw 0.8
set label "−0.5" at first 476,299 front center tc rgb INK
set object rectangle from first 407,316 to first 453,350 fc rgb '#90c1dd' fs solid border lc rgb '#0072B2' lw 0.8
set label "0.5" at first 430,333 front center tc rgb INK
set object rectangle from first 453,316 to first 499,350 fc rgb '#a5cde4' fs solid border lc rgb '#0072B2' lw 0.8
set label "0" at first 476,333 front center tc rgb INK
set object rectangle from first 437,380 to first 483,414 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 483,380 to first 529,414 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 437,414 to first 483,448 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 483,414 to first 529,448 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 422,393 to first 468,427 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 468,393 to first 514,427 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 422,427 to first 468,461 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 468,427 to first 514,461 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 407,406 to first 453,440 fc rgb '#7bb6d7' fs solid border lc rgb '#0072B2' lw 0.8
set label "1" at first 430,423 front center tc rgb INK
set object rectangle from first 453,406 to first 499,440 fc rgb '#66aad0' fs solid border lc rgb '#0072B2' lw 0.8
set label "1.5" at first 476,423 front center tc rgb INK
set object rectangle from first 407,440 to first 453,474 fc rgb '#90c1dd' fs solid border lc rgb '#0072B2' lw 0.8
set label "0.5" at first 430,457 front center tc rgb INK
set object rectangle from first 453,440 to first 499,474 fc rgb '#66aad0' fs solid border lc rgb '#0072B2' lw 0.8
set label "1.5" at first 476,457 front center tc rgb INK
set label "x̂ = (x − μ) / √(σ² + ε)" at first 468,100 front center tc rgb INK
set object rectangle from first 752,132 to first 798,166 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 798,132 to first 844,166 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 752,166 to first 798,200 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 798,166 to first 844,200 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 737,145 to first 783,179 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 783,145 to first 829,179 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 737,179 to first 783,213 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 783,179 to first 829,213 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 722,158 to first 768,192 fc rgb '#e5f0f7' fs solid border lc rgb '#0072B2' lw 0.8
set label "−5" at first 745,175 front center tc rgb INK
set object rectangle from first 768,158 to first 814,192 fc rgb '#d0e5f0' fs solid border lc rgb '#0072B2' lw 0.8
set label "−3" at first 791,175 front center tc rgb INK
set object rectangle from first 722,192 to first 768,226 fc rgb '#bbd9ea' fs solid border lc rgb '#0072B2' lw 0.8
set label "−1" at first 745,209 front center tc rgb INK
set object rectangle from first 768,192 to first 814,226 fc rgb '#e5f0f7' fs solid border lc rgb '#0072B2' lw 0.8
set label "−5" at first 791,209 front center tc rgb INK
set object rectangle from first 752,256 to first 798,290 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 798,256 to first 844,290 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 752,290 to first 798,324 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 798,290 to first 844,324 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 737,269 to first 783,303 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 783,269 to first 829,303 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 737,303 to first 783,337 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 783,303 to first 829,337 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 722,282 to first 768,316 fc rgb '#a5cde4' fs solid border lc rgb '#0072B2' lw 0.8
set label "1" at first 745,299 front center tc rgb INK
set object rectangle from first 768,282 to first 814,316 fc rgb '#bbd9ea' fs solid border lc rgb '#0072B2' lw 0.8
set label "−1" at first 791,299 front center tc rgb INK
set object rectangle from first 722,316 to first 768,350 fc rgb '#90c1dd' fs solid border lc rgb '#0072B2' lw 0.8
set label "3" at first 745,333 front center tc rgb INK
set object rectangle from first 768,316 to first 814,350 fc rgb '#a5cde4' fs solid border lc rgb '#0072B2' lw 0.8
set label "1" at first 791,333 front center tc rgb INK
set object rectangle from first 752,380 to first 798,414 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 798,380 to first 844,414 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 752,414 to first 798,448 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 798,414 to first 844,448 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 737,393 to first 783,427 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 783,393 to first 829,427 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 737,427 to first 783,461 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 783,427 to first 829,461 fc rgb '#f3f5f7' fs solid border lc rgb '#aeb6bf' lw 0.8
set object rectangle from first 722,406 to first 768,440 fc rgb '#7bb6d7' fs solid border lc rgb '#0072B2' lw 0.8
set label "5" at first 745,423 front center tc rgb INK
set object rectangle from first 768,406 to first 814,440 fc rgb '#66aad0' fs solid border lc rgb '#0072B2' lw 0.8
set label "7" at first 791,423 front center tc rgb INK
set object rectangle from first 722,440 to first 768,474 fc rgb '#90c1dd' fs solid border lc rgb '#0072B2' lw 0.8
set label "3" at first 745,457 front center tc rgb INK
set object rectangle from first 768,440 to first 814,474 fc rgb '#66aad0' fs solid border lc rgb '#0072B2' lw 0.8
set label "7" at first 791,457 front center tc rgb INK
set label "y = γ x̂ + β" at first 783,100 front center tc rgb INK
set arrow from first 184,192 to first 250,304 nohead front lc rgb C1 lw 1.3
set arrow from first 362,304 to first 403,192 size screen 0.008,20 filled front lc rgb C1 lw 1.3
set arrow from first 184,316 to first 250,316 nohead front lc rgb C1 lw 1.3
set arrow from first 362,316 to first 403,316 size screen 0.008,20 filled front lc rgb C1 lw 1.3
set arrow from first 184,440 to first 250,328 nohead front lc rgb C1 lw 1.3
set arrow from first 362,328 to first 403,440 size screen 0.008,20 filled front lc rgb C1 lw 1.3
set arrow from first 677,304 to first 718,192 size screen 0.008,20 filled front lc rgb C1 lw 1.3
set arrow from first 677,316 to first 718,316 size screen 0.008,20 filled front lc rgb C1 lw 1.3
set arrow from first 677,328 to first 718,440 size screen 0.008,20 filled front lc rgb C1 lw 1.3
set label "of this batch:" at first 306,255 front center tc rgb INK font f11
set label "12 numbers each" at first 306,271 front center tc rgb INK font f11
set object rectangle from first 250,290 to first 362,342 fc rgb '#ffffff' fs solid border lc rgb '#0072B2' lw 0.8
set label "channel 0" at first 306,306 front center tc rgb C1 font f11
set label "μ = 5,  σ = 2" at first 306,326 front center tc rgb C1
set label "channel 1" at first 306,362 front center tc rgb MUTED font f11
set label "μ = 1000,  σ = 10" at first 306,378 front center tc rgb MUTED font f11
set label "channel 2" at first 306,402 front center tc rgb MUTED font f11
set label "μ = 3,  σ = 0" at first 306,418 front center tc rgb MUTED font f11
set label "learned:" at first 621,255 front center tc rgb INK font f11
set label "one pair each" at first 621,271 front center tc rgb INK font f11
set object rectangle from first 565,290 to first 677,342 fc rgb '#ffffff' fs solid border lc rgb '#0072B2' lw 0.8
set label "channel 0" at first 621,306 front center tc rgb C1 font f11
set label "γ = 4,  β = 1" at first 621,326 front center tc rgb C1
set label "channel 1" at first 621,362 front center tc rgb MUTED font f11
set label "γ = 1,  β = 0" at first 621,378 front center tc rgb MUTED font f11
set label "channel 2" at first 621,402 front center tc rgb MUTED font f11
set label "γ = 2,  β = −0.5" at first 621,418 front center tc rgb MUTED font f11
set label "image 0" at first 80,192 front right tc rgb MUTED font f11
set label "image 1" at first 80,316 front right tc rgb MUTED font f11
set label "image 2" at first 80,440 front right tc rgb MUTED font f11
set arrow from first 92,486 to first 184,486 size screen 0.008,20 filled front lc rgb MUTED lw 1.3
set label "W" at first 138,499 front center tc rgb MUTED font f11
set arrow from first 80,454 to first 80,474 size screen 0.008,20 filled front lc rgb MUTED lw 1.3
set label "H" at first 68,466 front center tc rgb MUTED font f11
set arrow from first 84,152 to first 114,126 size screen 0.008,20 filled front lc rgb MUTED lw 1.3
set label "C" at first 88,132 front center tc rgb MUTED font f11
set arrow from first 20,168 to first 20,474 size screen 0.008,20 filled front lc rgb MUTED lw 1.3
set label "N" at first 20,154 front center tc rgb MUTED font f11
plot 1e9

unset multiplot
