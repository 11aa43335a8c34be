"""What the stories share: the target, its gaps, names, signing, raw connections, programs."""
