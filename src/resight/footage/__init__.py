"""Video files and the people in them: MOTChallenge boxes and the tracklets cut by them."""
