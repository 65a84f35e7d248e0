"""FHIR resources of the service."""
