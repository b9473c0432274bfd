"""The paper, experiment by experiment: cells measured once, tables beside the published ones, claims with verdicts."""
