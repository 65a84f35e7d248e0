"""FHIR elements, dates, releases and vocabularies."""
