"""The schema.org properties that we may use, by class, frozen from release 29 of its vocabulary.

A property is listed under a class only if the class, or one of its parents, is in the property's domain. So
`contraindication` is missing: it belongs to MedicalTherapy. So is `aspect`, which is deprecated.
"""

THING = {"name", "alternateName", "description", "url", "sameAs", "image", "identifier"}
CREATIVE_WORK = THING | {
    "about", "author", "citation", "dateModified", "datePublished", "inLanguage", "isPartOf", "mainEntity", "publisher",
    "publishingPrinciples", "version",
}  # fmt: skip
WEB_PAGE = CREATIVE_WORK | {"lastReviewed", "reviewedBy", "specialty"}
ORGANIZATION = THING | {"address", "email", "telephone", "parentOrganization", "publishingPrinciples"}
PLACE = THING | {"address", "telephone", "openingHoursSpecification", "specialOpeningHoursSpecification"}
MEDICAL_ENTITY = THING | {"code", "guideline", "relevantSpecialty", "study"}

MAY_HAVE = {
    "CreativeWork": CREATIVE_WORK,
    "MedicalAudience": THING | {"audienceType", "geographicArea", "healthCondition"},
    "MedicalClinic": ORGANIZATION | PLACE | {"availableService", "medicalSpecialty"},
    "MedicalCondition": MEDICAL_ENTITY | {"associatedAnatomy", "possibleTreatment", "riskFactor", "signOrSymptom"},
    "MedicalOrganization": ORGANIZATION | {"medicalSpecialty"},
    "MedicalProcedure": MEDICAL_ENTITY
    | {"bodyLocation", "followup", "howPerformed", "preparation", "procedureType", "status"},
    "MedicalWebPage": WEB_PAGE | {"medicalAudience"},
    "Organization": ORGANIZATION,
    "OpeningHoursSpecification": THING | {"closes", "dayOfWeek", "opens", "validFrom", "validThrough"},
    "Person": THING | {"jobTitle", "knowsLanguage", "worksFor", "workLocation"},
    "PostalAddress": THING | {"streetAddress", "addressLocality", "addressRegion", "postalCode", "addressCountry"},
    "WebPage": WEB_PAGE,
}


def things(data: object) -> list[dict]:
    """Every dict that has a type, at any depth."""
    if isinstance(data, list):
        return [thing for each in data for thing in things(each)]
    if not isinstance(data, dict):
        return []
    inner = [thing for value in data.values() for thing in things(value)]
    return [data, *inner] if "@type" in data else inner


def strangers(data: object) -> set[str]:
    """“MedicalProcedure.contraindication”: the properties that do not belong to their class."""
    return {
        f"{thing['@type']}.{name}"
        for thing in things(data)
        for name in thing.keys() - {"@id", "@type"}
        if name not in MAY_HAVE.get(thing["@type"], ())
    }
