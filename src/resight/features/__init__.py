"""Tracklets → feature matrix: networks, descriptors, and the store."""
