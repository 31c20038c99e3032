// As the package's own swagger-initializer.js, but with a description of ours and no validator on the internet.
window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: window.portolan.config.description,
    validatorUrl: 'none',
    dom_id: '#swagger-ui',
    deepLinking: true,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    plugins: [SwaggerUIBundle.plugins.DownloadUrl],
    layout: 'StandaloneLayout',
  });
};
