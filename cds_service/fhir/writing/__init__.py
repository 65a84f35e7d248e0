"""FHIR resources that the service sends out."""
