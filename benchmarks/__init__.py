"""Measurements, as ratios within one run. They assert nothing."""
