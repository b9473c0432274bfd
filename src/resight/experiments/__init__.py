"""What composes the parts: the main job, and each table and figure of the paper."""
