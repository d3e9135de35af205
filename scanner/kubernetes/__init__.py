"""Kubernetes: what its authorization, namespaces and network policies let one tenant do to another.

Facts are of the Kubernetes documentation ("Using RBAC Authorization", "Network Policies", "Pod Security Standards").
"""
