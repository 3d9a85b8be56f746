"""Runs as pictures: single plots, reports, and what two runs differ in. Libraries are imported when used."""

from __future__ import annotations

from carbonsweep.pictures import plot as plot
