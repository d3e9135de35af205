"""CDK assemblies and the constructs that made a resource."""
