"""The tables: how each resource type of the AWS provider is read, a module for each group of services.

Names and defaults of arguments are those of the provider's documentation (versions 2 to 6) and of its types in
`scanner/_data/terraform_provider.json`; what a plan holds for arguments that are left out was measured with 3.39.0.
"""
