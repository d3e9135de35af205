"""CloudFormation templates: parameters, conditions, intrinsics, nesting."""
