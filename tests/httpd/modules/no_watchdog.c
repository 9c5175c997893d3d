/*
 * What does another module see when mod_watchdog is not loaded?
 *
 * Where mod_watchdog is built into httpd it cannot be left out; this takes its
 * functions away, which is how others find it.
 */
#include <httpd.h>

#include <apr_optional.h>
#include <http_config.h>

static void take_away(apr_pool_t *pool)
{
    static const char *const functions[] = {
        "ap_watchdog_get_instance", "ap_watchdog_register_callback",
        "ap_watchdog_set_callback_interval"};
    unsigned i;

    (void)pool;
    for (i = 0; i < sizeof functions / sizeof *functions; i++)
        apr_dynamic_fn_register(functions[i], NULL);
}

#pragma GCC visibility push(default)
module AP_MODULE_DECLARE_DATA no_watchdog_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, take_away};
#pragma GCC visibility pop
