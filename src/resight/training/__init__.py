"""Fine-tuning: recipes, batches, losses, the Lightning module and the run folder."""
