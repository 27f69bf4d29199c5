//! Continuous series: segments, roll spread with its evidence, adjustment, as-of view: pure, without I/O or clock.
