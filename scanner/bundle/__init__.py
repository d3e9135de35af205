"""Evidence bundles: what an audit rests on, so that others can check it and run it again."""
