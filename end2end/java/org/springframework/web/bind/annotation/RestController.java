package org.springframework.web.bind.annotation;

/** In the place of Spring's. */
public @interface RestController {}
