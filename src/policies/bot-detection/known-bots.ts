/**
 * Crawlers, scrapers and HTTP libraries by words of their user agent. Not a defence: whoever wants to can send another
 * user agent. It keeps out those who say what they are.
 */
export const KNOWN_BOTS: readonly string[] = [
  // anything that calls itself a bot, crawler, spider or slurp
  '(?i)(?:^|[^a-z])[a-z0-9_.-]*(?:bot|crawler|spider|slurp)(?:$|[^a-z])',
  // monitors, link checkers and archives
  '(?i)(?:pingdom|statuscake|uptimerobot|site24x7|w3c_validator|w3c-checklink|linkchecker|ia_archiver|archive\\.org)',
  // previews made by networks and messengers
  '(?i)(?:facebookexternalhit|facebot|embedly|quora link preview|skypeuripreview|bitlybot)',
  // readers of feeds
  '(?i)(?:feedfetcher|feedparser|feedburner|newsgator|bloglines)',
  // frameworks made for scraping
  '(?i)(?:scrapy|heritrix|nutch|httrack|webcopier|teleport pro|phantomjs|headlesschrome)',
]
