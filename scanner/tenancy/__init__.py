"""What a project calls a tenant: `tenancy.yaml`, read and checked."""
