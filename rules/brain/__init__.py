"""Brain and nervous system (BRAIN-1 to BRAIN-6).

Tests: rules/brain/cases.yaml.
"""
