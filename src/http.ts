export { toHttp } from './sinks/http/to-http.js'
export type { ResponseBody } from './sinks/http/read-response.js'
export type { HttpResponse, ToHttpOptions } from './sinks/http/to-http.js'
export { HttpStatusError } from './sinks/http/http-status-error.js'
